"""``churn-score``: a table of customers in, a table of answers out, whatever their size.

Exit codes: 0 every row was answered, or refused and reported; 2 wrong usage or bad input (nothing is
written); 1 a fault of ours (nothing is written).
"""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from churn.bundle import open_bundle
from churn.command import GOOD, Progress, as_of_day, run_command, say, sigterm_interrupts
from churn.engines import ENGINES
from churn.errors import BadInput, Fault
from churn.scoring import Scorer

if TYPE_CHECKING:
    from churn.batch import Batch
    from churn.tables import BatchReader

_SHOWN_ROWS = 20


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-score`` and return its exit code."""
    options = _parser().parse_args(argv)
    return run_command(lambda: _score(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-score",
        description="Score a table of customers: one row of answers for each of its rows, in the same order.",
        epilog="A row that cannot be scored is answered with an error and reported; the exit code is still 0.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that churn-train wrote")
    parser.add_argument("table", type=Path, metavar="IN", help="the customers (.csv, .parquet or .arrow)")
    parser.add_argument("out", type=Path, metavar="OUT", help="where to write the answers (.csv or .parquet)")
    parser.add_argument("--engine", choices=ENGINES, default="compiled", help="what runs the model (default: compiled)")
    parser.add_argument(
        "--as-of",
        type=as_of_day,
        metavar="DAY",
        help="count dates back from this day, YYYY-MM-DD or today (default: the bundle's own day)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    parser.add_argument("--delimiter", metavar="CHARACTER", help="what separates the cells of IN (default: find out)")
    return parser


def _score(options: argparse.Namespace) -> int:
    """Look at everything that may be wrong before the first row is scored."""
    _need_pyarrow()
    from churn.tables import check_answers_target, read_batches

    check_answers_target(options.out, options.table, overwrite=options.overwrite)
    bundle = open_bundle(options.bundle)
    scorer = Scorer.open(bundle, options.engine, options.as_of)
    try:
        reader = read_batches(options.table, scorer.schema, options.delimiter)
        scorer.check_golden(bundle)
        with sigterm_interrupts():
            _score_file(reader, scorer, options.out, overwrite=options.overwrite)
    finally:
        scorer.close()
    return GOOD


def _need_pyarrow() -> None:
    try:
        import churn.tables  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise BadInput("Tables need PyArrow, which is not installed: pip install 'churn-service[tables]'") from None


def _score_file(reader: BatchReader, scorer: Scorer, out: Path, *, overwrite: bool) -> None:
    from churn.tables import answer_file

    for note in reader.notes:
        say(f"Note: {note}")
    counts = _Counts()
    with answer_file(out, reader.identifier, overwrite=overwrite) as file, Progress("Scoring") as progress:
        for batch in reader:
            file.write(scorer.answer(batch))
            counts.add(batch, progress)
            progress.show(reader.done(), counts.read)
        file.finish()
        counts.reconcile(file.rows)
    counts.report(out, file.rows)


class _Counts:
    """Counts rows, shows the first bad ones, and stands by its figures at the end."""

    def __init__(self) -> None:
        self.read = self.scored = self.refused = 0

    def add(self, batch: Batch, progress: Progress) -> None:
        """Count n rows."""
        from churn.tables import refusal_text

        for refused in islice(batch.refused.values(), max(_SHOWN_ROWS - self.refused, 0)):
            progress.say(f"Refused, {refusal_text(refused)}")
        self.read += len(batch)
        self.scored += len(batch.columns)
        self.refused += len(batch.refused)

    def reconcile(self, written: int) -> None:
        """Compare with the rows that the file holds.

        Raises:
            Fault: a row was lost or made up on the way.
        """
        if not self.read == self.scored + self.refused == written:
            raise Fault(f"The rows do not add up, so nothing was written: {self._sum(written)}.")

    def report(self, out: Path, written: int) -> None:
        """Say the end of it."""
        if self.refused > _SHOWN_ROWS:
            say(f"Refused, {self.refused - _SHOWN_ROWS:,} more rows; the column 'error' says why.")
        say(f"{out}: {self._sum(written)}.")

    def _sum(self, written: int) -> str:
        return f"{self.read:,} rows read = {self.scored:,} scored + {self.refused:,} refused = {written:,} rows written"


if __name__ == "__main__":
    sys.exit(main())
