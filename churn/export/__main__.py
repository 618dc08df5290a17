"""``churn-export``: write a bundle in the form that another platform opens.

Exit codes: 0 done, 2 wrong usage, a bundle that cannot be used or a folder that may not be written; 1 a fault of ours.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from churn import __version__
from churn.bundle import open_bundle
from churn.command import GOOD, run_command, say, sigterm_interrupts
from churn.export.mlflow_model import write_mlflow_model


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-export`` and return its exit code."""
    options = _parser().parse_args(argv)
    return run_command(lambda: _mlflow(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-export", description="Write a bundle in the form that another platform opens."
    )
    parser.add_argument("--version", action="version", version=f"churn-export {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    mlflow = commands.add_parser("mlflow", help="write an MLflow model, for mlflow.pyfunc.load_model(OUT)")
    mlflow.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that churn-train wrote")
    mlflow.add_argument("out", type=Path, metavar="OUT", help="the folder to write; it has to be a new one")
    mlflow.add_argument("--overwrite", action="store_true", help="replace OUT if it is an MLflow model")
    return parser


def _mlflow(options: argparse.Namespace) -> int:
    bundle = open_bundle(options.bundle)
    with sigterm_interrupts():
        write_mlflow_model(bundle, options.out, overwrite=options.overwrite)
    say(f"{options.out}: {bundle.manifest.name} {bundle.manifest.version} as an MLflow model.")
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
