"""``make bench``: the service beside a bare uvicorn app and beside a bare FastAPI endpoint.

Servers run on one core and are loaded in turns from another, so that what disturbs the machine disturbs all alike.
Figures are medians; writes benchmarks/RESULTS.md, and to benchmarks/ratios.json what ``make bench-self`` compares
with. About twelve minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.command import measuring_parser
from benchmarks.load import NoTool, RunFailed, need_tools
from benchmarks.speed.configuration import configuration
from benchmarks.speed.measure import measure
from benchmarks.speed.page import page
from benchmarks.speed.ratios import RATIOS, write_ratios
from benchmarks.speed.records import ordinary_records
from benchmarks.speed.starts import WrongAnswer
from benchmarks.speed.turns import How
from churn.errors import BadInput

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Measure and write; return 0, 2 where this machine cannot measure, or 1 where the service does not bear it."""
    given = _parser().parse_args()
    how = How(given.rounds, given.seconds)
    try:
        need_tools()
        records = ordinary_records(given.bundle)
        measured = measure(given.bundle, records, how)
    except (NoTool, BadInput, RunFailed, WrongAnswer) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1 if isinstance(error, RunFailed | WrongAnswer) else 2
    text = page(f"{given.bundle}, {how}", configuration(given.bundle, records, how), measured)
    given.out.write_text(text, encoding="utf-8")
    write_ratios(given.ratios, [*measured.single, *measured.many])
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = measuring_parser("benchmarks", __doc__, How(5, 5))
    parser.add_argument("--out", type=Path, default=RESULTS, help="where to write the results")
    parser.add_argument("--ratios", type=Path, default=RATIOS, help="where to write the ratios")
    return parser


if __name__ == "__main__":
    sys.exit(main())
