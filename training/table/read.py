"""From a file to customers: what can be read of it by its schema, and what there is to say about the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from churn.bundle import digest_of
from churn.columns import Columns
from churn.errors import TrainingDataError
from churn.schema import Schema
from churn.tables import identifier_texts, read_table, to_batch
from training.config import TrainConfig
from training.findings import Finding
from training.measure.labels import Labels
from training.progress import Reporter
from training.table.schema_choice import resolved_label, settle_schema
from training.table.split import some
from training.table.unreadable import look_at_problems

MOST_ROWS = 250_000
"""Of a larger table so many customers are drawn: 200,000 of them give every member of a bag rows of its own
(``learn.teacher.MOST_MEMBER_ROWS``), and 50,000 are enough to test."""


@dataclass(frozen=True)
class Read:
    """What ``rows`` of a file hold: n customers by the schema, labels (n,) 0/1, identifiers (n,), what there is to say.

    The raw table is gone by then: it takes more memory than all the rest.
    """

    columns: Columns
    labels: Labels
    ids: list[str | None] | None
    findings: list[Finding]
    rows: int


def read_customers(config: TrainConfig, reporter: Reporter, older: Schema | None = None) -> Read:
    """Read the table, settle its schema, and return the customers whose fields and label can be read.

    Raises:
        BadInput: the table or the schema cannot be used, or no row of it.
    """
    raw = read_table(config.data, config.delimiter)
    schema, guessed = settle_schema(config, raw, reporter, older)
    label = resolved_label(config, raw)
    parsed = to_batch(raw.table, schema, lines=raw.lines)
    findings = [*guessed, *(Finding("info", None, note) for note in (*raw.notes, *label.notes))]
    findings += look_at_problems(parsed.problems, parsed.good)
    known = label.known[parsed.good]
    if not known.any():
        raise TrainingDataError(f"No row of {config.data} has both a value in {config.label!r} and readable fields.")
    rows = some(np.flatnonzero(known), MOST_ROWS, np.random.default_rng(config.seed))
    if len(rows) < known.sum():
        sentence = f"Of {known.sum():,} customers {len(rows):,} are drawn, for time and memory."
        findings.append(Finding("info", None, sentence))
    columns, labels = parsed.columns.take(rows), label.values[parsed.good][rows]
    every = identifier_texts(parsed)
    ids = None if every is None else [every[row] for row in np.flatnonzero(parsed.good)[rows]]
    return Read(columns, labels, ids, findings, raw.table.num_rows)


def data_facts(path: Path, rows_read: int, labels: Labels) -> dict[str, Any]:
    """Say which data made a model: the file's name and SHA-256, rows read and used, churn rate."""
    return {
        "file": path.name,
        "sha256": digest_of(path).sha256,
        "rows_read": rows_read,
        "rows": len(labels),
        "churn_rate": float(labels.mean()),
    }
