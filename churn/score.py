"""``churn-score``: a table of customers in, a table of answers out, whatever their size.

Exit codes: 0 every row was answered, or refused and reported; 2 wrong usage or bad input (nothing is
written); 1 a fault of ours (nothing is written).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from churn import __version__
from churn.bundle import Bundle, open_bundle
from churn.command import GOOD, Progress, as_of_day, run_command, say, sigterm_interrupts
from churn.counts import Counts
from churn.decide import FIGURES, Budget, economics_from, figures_of
from churn.engines import ENGINES
from churn.errors import BadInput
from churn.scoring import Scorer

if TYPE_CHECKING:
    from churn.additions import Addition
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
    parser.add_argument("--version", action="version", version=f"churn-score {__version__}")
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
    parser.add_argument(
        "--explain", type=int, metavar="N", help="add the N largest reasons of each probability, in words"
    )
    _add_decisions(parser)
    parser.add_argument(
        "--keep",
        action="append",
        metavar="all|none|COLUMN,...",
        help="write these columns of IN before the answers, as IN has them; give it once more for a name that holds a "
        "comma (default: the identifier, or all where IN has none)",
    )
    parser.add_argument(
        "--for-spreadsheets",
        action="store_true",
        help="in CSV, put an apostrophe before a text that a spreadsheet would take for a formula",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    parser.add_argument("--delimiter", metavar="CHARACTER", help="what separates the cells of IN (default: find out)")
    return parser


def _add_decisions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("whom to contact", "What is left out is taken from the aim of the training.")
    group.add_argument("--decide", action="store_true", help="add whom to contact, and what it is expected to bring")
    group.add_argument("--value", metavar="AMOUNT", help="what a saved customer is worth, or the column that holds it")
    group.add_argument("--contact-cost", type=float, metavar="AMOUNT", help="what a contact costs")
    group.add_argument("--contact-success", type=float, metavar="SHARE", help="the chance that a contact works, 0 to 1")
    group.add_argument("--contacts", type=int, metavar="N", help="contact so many customers at the most")
    group.add_argument("--budget", type=float, metavar="AMOUNT", help="spend so much on contacts at the most")


def _score(options: argparse.Namespace) -> int:
    """Look at everything that may be wrong before the first row is scored."""
    _need_pyarrow()
    from churn.tables import check_answers_target, read_batches

    check_answers_target(options.out, options.table, overwrite=options.overwrite)
    bundle = open_bundle(options.bundle)
    scorer = Scorer.open(bundle, options.engine, options.as_of)
    try:
        read = partial(read_batches, options.table, scorer.schema, options.delimiter)
        reader = read()
        additions = _additions(options, bundle, scorer)
        _check_kept(reader, additions, options)
        scorer.check_golden(bundle)
        with sigterm_interrupts():
            _look_ahead(read, additions)
            _score_file(reader, scorer, additions, options)
    finally:
        scorer.close()
    return GOOD


def _additions(options: argparse.Namespace, bundle: Bundle, scorer: Scorer) -> list[Addition]:
    """Return what is to be added to each row.

    Raises:
        BadInput: it cannot be had of this bundle, or an option makes no sense.
    """
    from churn.additions import DecisionColumns, ReasonColumns
    from churn.reasons import BACKGROUND, Reasoner

    additions: list[Addition] = []
    if options.decide:
        economics = economics_from((_figures(options), figures_of(bundle.manifest.aim)), _remedy)
        additions.append(DecisionColumns(scorer, economics, Budget(options.contacts, options.budget)))
    elif given := [name for name in (*FIGURES, "contacts", "budget") if getattr(options, name) is not None]:
        raise BadInput(f"{_option(given[0])} says what to decide by; add --decide.")
    if options.explain is not None:
        fields = len(scorer.schema.fields)
        if not 1 <= options.explain <= fields:
            raise BadInput(f"--explain is {options.explain}; the model has {fields} fields: ask for 1 to {fields}.")
        reasoner = Reasoner.open(bundle, scorer)
        if reasoner is None:
            raise BadInput(f"{bundle.path} holds no {BACKGROUND}, so it gives no reasons; train it again.")
        additions.append(ReasonColumns(reasoner, options.explain))
    return additions


def _figures(options: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(options, name) for name in FIGURES}
    with suppress(TypeError, ValueError):  # none, or the name of a column
        given["value"] = float(given["value"])
    return given


def _remedy(name: str) -> str:
    return f"add {_option(name)}, as in --value 200 --contact-cost 10 --contact-success 0.3"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check_kept(reader: BatchReader, additions: Sequence[Addition], options: argparse.Namespace) -> None:
    """Look at the columns to keep before a row is read, and say which are not kept though nobody chose."""
    from churn.score_file import answer_columns
    from churn.tables import kept_columns, left_out_note

    taken = answer_columns(additions)
    kept_columns(reader, options.keep, taken, options.out)
    if options.keep is None and (note := left_out_note(reader, taken)):
        reader.notes.append(note)


def _look_ahead(read: Callable[[], BatchReader], additions: Sequence[Addition]) -> None:
    from churn.score_file import look_ahead

    rows = 0

    def show(batch: Batch, share: float) -> None:
        nonlocal rows
        rows += len(batch)
        progress.show(share, rows)

    with Progress("Looking ahead") as progress:
        look_ahead(read, additions, show)


def _need_pyarrow() -> None:
    try:
        import churn.tables  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise BadInput("Tables need PyArrow, which is not installed: pip install 'churn-service[tables]'") from None


def _score_file(
    reader: BatchReader, scorer: Scorer, additions: Sequence[Addition], options: argparse.Namespace
) -> None:
    from churn.score_file import Target, score_file

    for note in reader.notes:
        say(f"Note: {note}")
    with Progress("Scoring") as progress:
        counts = _Counts(progress)
        target = Target(options.out, options.keep, options.overwrite, options.for_spreadsheets)
        written = score_file(reader, scorer, target, additions, counts)
    for addition in additions:
        if addition.summary:
            say(addition.summary)
    if counts.refused > _SHOWN_ROWS:
        say(f"Refused, {counts.refused - _SHOWN_ROWS:,} more rows; the column 'error' says why.")
    say(f"{options.out}: {counts.sum_of(written)}.")


class _Counts(Counts):
    """Counts rows, shows how far it is, and the first bad rows."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def add(self, batch: Batch, share: float) -> None:
        from churn.tables import refusal_text

        for refused in islice(batch.refused.values(), max(_SHOWN_ROWS - self.refused, 0)):
            self._progress.say(f"Refused, {refusal_text(refused)}")
        super().add(batch, share)
        self._progress.show(share, self.read)


if __name__ == "__main__":
    sys.exit(main())
