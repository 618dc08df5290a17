"""A file of customers -> a file of answers, batch by batch; who counts the rows may show them, or stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from churn.additions import Addition, DecisionColumns
from churn.batch import Batch
from churn.counts import Counts
from churn.scoring import Scorer
from churn.tables import ANSWER_NAMES, BatchReader, answer_file, kept_columns

OnBatch = Callable[[Batch, float], None]
"""Hears of every batch that was read, and which share of the file that makes; it may raise to stop."""


@dataclass(frozen=True, slots=True)
class Target:
    """The file of answers that is wanted.

    ``keep`` says which columns of the customers' file stand before the answers, as ``kept_columns`` has it.
    ``for_spreadsheets`` writes no text to a CSV file that a spreadsheet would take for a formula.
    """

    out: Path
    keep: Sequence[str] | None = None
    overwrite: bool = False
    for_spreadsheets: bool = False


def look_ahead(read: Callable[[], BatchReader], additions: Sequence[Addition], on_batch: OnBatch) -> None:
    """Read the file once before, where a row cannot be decided on without all others."""
    for decider in (addition for addition in additions if isinstance(addition, DecisionColumns)):
        reader = read()
        for batch in reader:
            decider.look(batch)
            on_batch(batch, reader.done())
        decider.decide()


def answer_columns(additions: Sequence[Addition]) -> set[str]:
    """Return the names of all columns that the answers will have."""
    return {*ANSWER_NAMES, *(name for addition in additions for name in addition.types)}


def score_file(
    reader: BatchReader, scorer: Scorer, target: Target, additions: Sequence[Addition], counts: Counts
) -> int:
    """Write the answers to all rows to ``target`` and return how many rows it has; ``counts`` hears of every batch.

    Raises:
        BadInput: the file or the target cannot be used.
        Fault: a row was lost. Nothing is written then, either.
    """
    types = {name: kind for addition in additions for name, kind in addition.types.items()}
    kept = kept_columns(reader, target.keep, answer_columns(additions), target.out)
    with answer_file(
        target.out, kept, types, overwrite=target.overwrite, for_spreadsheets=target.for_spreadsheets
    ) as file:
        for batch, beside in reader.beside(kept.names):
            answers = scorer.answer(batch)
            more = {name: column for each in additions for name, column in each.columns(answers).items()}
            file.write(answers, beside, more)
            counts.add(batch, reader.done())
        for addition in additions:
            addition.finish()
        file.finish()
        counts.reconcile(file.rows)
    return file.rows
