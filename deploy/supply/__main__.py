"""``make audit``: write bills of materials of the locks, then look for what is known against what they pin.

Exit codes: 0 nothing is known, 1 something is, 2 the locks or the advisories cannot be read. Without ``--advisories``
the advisory service is asked, which needs the network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from churn.command import say
from churn.errors import BadInput
from deploy.supply.accepted import ACCEPTED, read_accepted, still_open, unneeded
from deploy.supply.advisories import read_advisories
from deploy.supply.bill import write_bill
from deploy.supply.findings import Finding, find
from deploy.supply.pins import Pin, read_pins
from deploy.supply.service import ask

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = sorted((PROJECT / "requirements").glob("*.txt"))  # not those of peers/, which are measured and not run
BILLED = ("service", "console", "all")
"""The locks that get a bill of materials: those of the two images, and everything."""
CLEAN, FOUND, UNREADABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the audit; return the exit code."""
    given = _parser().parse_args(argv)
    try:
        for lock in given.locks:
            if lock.stem in BILLED:
                print(write_bill(lock, PROJECT / "pyproject.toml", given.bills))
        return audit(given.locks, given.advisories, given.accepted)
    except (BadInput, OSError) as error:
        say(f"make audit: {error}")
        return UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.supply", description=__doc__)
    parser.add_argument("locks", nargs="*", type=Path, default=LOCKS, help="locks (default: requirements/*.txt)")
    parser.add_argument("--advisories", type=Path, metavar="PATH", help="OSV: a zip, a folder of .json, or one .json")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, metavar="TOML", help="findings that are accepted")
    parser.add_argument("--bills", type=Path, default=PROJECT / "build" / "sbom", metavar="FOLDER", help="where to")
    return parser


def audit(locks: Sequence[Path], advisories: Path | None, accepted: Path) -> int:
    """Look at what the locks pin and print what is known against it; return the exit code.

    Raises:
        BadInput: something cannot be read, or the advisory service cannot be reached.
    """
    pins = read_pins(locks)
    entries = read_accepted(accepted)
    findings, against = _looked_up(pins, advisories)
    remaining = still_open(findings, entries)
    for finding in remaining:
        print(finding)
    for entry in unneeded(findings, entries):
        print(f"{accepted}: {entry.id} of {entry.package} was not found any more; take the entry out.")
    print(
        f"{len(pins):,} packages of {len(locks)} locks were looked at against {against}: "
        f"{len(remaining):,} found, {len(findings) - len(remaining):,} accepted."
    )
    return FOUND if remaining else CLEAN


def _looked_up(pins: Sequence[Pin], advisories: Path | None) -> tuple[list[Finding], str]:
    """Return what was found, and against what it was looked at."""
    if advisories is None:
        return ask(pins), "the advisories of osv.dev"
    known = read_advisories(advisories)
    return find(pins, known), f"{len(known):,} advisories in {advisories}"


if __name__ == "__main__":
    sys.exit(main())
