"""A file of customers -> a file of answers, batch by batch; who counts the rows may show them, or stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from churn.additions import Addition, DecisionColumns
from churn.batch import Batch
from churn.counts import Counts
from churn.scoring import Scorer
from churn.tables import BatchReader, answer_file

OnBatch = Callable[[Batch, float], None]
"""Hears of every batch that was read, and which share of the file that makes; it may raise to stop."""


def look_ahead(read: Callable[[], BatchReader], additions: Sequence[Addition], on_batch: OnBatch) -> None:
    """Read the file once before, where a row cannot be decided on without all others."""
    for decider in (addition for addition in additions if isinstance(addition, DecisionColumns)):
        reader = read()
        for batch in reader:
            decider.look(batch)
            on_batch(batch, reader.done())
        decider.decide()


def score_file(
    reader: BatchReader,
    scorer: Scorer,
    out: Path,
    additions: Sequence[Addition],
    counts: Counts,
    *,
    overwrite: bool = False,
    for_spreadsheets: bool = False,
) -> int:
    """Write the answers to all rows to ``out`` and return how many rows it has; ``counts`` hears of every batch.

    ``for_spreadsheets`` writes no text to a CSV file that a spreadsheet would take for a formula.

    Raises:
        BadInput: the file or ``out`` cannot be used.
        Fault: a row was lost. Nothing is written then, either.
    """
    types = {name: kind for addition in additions for name, kind in addition.types.items()}
    with answer_file(out, reader.identifier, types, overwrite=overwrite, for_spreadsheets=for_spreadsheets) as file:
        for batch in reader:
            answers = scorer.answer(batch)
            more = {name: column for each in additions for name, column in each.columns(answers).items()}
            file.write(answers, more)
            counts.add(batch, reader.done())
        for addition in additions:
            addition.finish()
        file.finish()
        counts.reconcile(file.rows)
    return file.rows
