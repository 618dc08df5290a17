"""Files of customers: CSV, Parquet and Arrow. A TableError is right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from churn.errors import TableError
from churn.schema import Field, Schema
from churn.tables import identifier_texts, read_batches, read_table
from tests.hostile.targets.target import Run

SCHEMA = Schema(
    fields=(
        Field("tenure", "integer", nullable=True),
        Field("charges", "number", nullable=True, decimal=",", unit="EUR", missing_markers=("?",)),
        Field("joined", "date", nullable=True),
        Field("seen", "date", nullable=True, date_format="%d/%m/%Y"),
        Field("at", "time", nullable=True),
        Field("plan", "category", levels=("Basic", "Gold"), nullable=True),
        Field("senior", "category", levels=(0, 1), nullable=True),
        Field("paperless", "category", levels=(False, True), nullable=True),
    ),
    identifier="id",
    as_of=date(2024, 1, 1),
)


@contextmanager
def _table(folder: Path, *, suffix: str) -> Iterator[Run]:
    """Read a file whole and in batches: no row is lost, and no good row holds what is no finite number."""
    file = folder / f"table{suffix}"

    def run(data: bytes) -> None:
        file.write_bytes(data)
        with suppress(TableError):  # more than a tenth of the rows may be malformed; batches are read in spite of it
            read_table(file)
        with suppress(TableError):
            for batch in read_batches(file, SCHEMA):
                assert batch.identifiers is None or len(batch.identifiers) == len(batch)
                assert not np.isinf(batch.columns.numbers).any()
                assert [problem.sentence() for problem in batch.problems] or not batch.refused
                identifier_texts(batch)

    yield run


csv = partial(_table, suffix=".csv")
parquet = partial(_table, suffix=".parquet")
arrow = partial(_table, suffix=".arrow")
