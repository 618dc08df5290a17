"""The command line that the measuring commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.speed.turns import How


def measuring_parser(module: str, description: str | None, how: How) -> argparse.ArgumentParser:
    """Return a parser for the bundle, and for how often and how long each load is measured; ``how`` is the default."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("artifacts/telco"))
    parser.add_argument(
        "--rounds", type=int, default=how.rounds, help=f"rounds of each measurement (default {how.rounds})"
    )
    parser.add_argument("--seconds", type=int, default=how.seconds, help=f"seconds of each run (default {how.seconds})")
    return parser
