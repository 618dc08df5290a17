"""Whole files for training, batches for files larger than memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from churn.batch import Batch
from churn.errors import TableError
from churn.schema import Schema
from churn.tables.rows import Lines, column_notes, identifier_name, require_columns, to_batch, used_columns
from churn.tables.sources import BATCH_ROWS, RawRows, Source, open_source

_MOST_MALFORMED = 0.1


@dataclass(frozen=True, slots=True)
class RawTable:
    """A whole file of n rows: text cells for CSV, the file's own types else, and what is worth saying.

    ``lines`` (n,) are the lines on which the rows of a CSV file begin, for ``to_batch``.
    """

    table: pa.Table
    notes: list[str] = field(default_factory=list)
    lines: Lines | None = None


def read_table(path: str | os.PathLike[str], delimiter: str | None = None) -> RawTable:
    """Read a whole file of customers; rows that cannot be cut into cells are left out, with a note.

    Raises:
        TableError: the file is missing, empty, no table, has no rows or one column only, has two columns of
            one name, or more than a tenth of its rows cannot be cut into cells.
    """
    file = Path(path)
    source = _open_wide(file, delimiter)
    batches = list(source.batches(source.names))
    rows = sum(batch.table.num_rows for batch in batches)
    if not rows:
        raise TableError(f"{file} has a line of column names and no rows.")
    return _joined(file, source, batches, rows)


def read_column_names(path: str | os.PathLike[str], delimiter: str | None = None) -> list[str]:
    """Read what the columns of a file of customers are called, and nothing else of it.

    Raises:
        TableError: as for ``read_table``, as far as the rows are not needed to know it.
    """
    return _open_wide(Path(path), delimiter).names


def _open_wide(file: Path, delimiter: str | None) -> Source:
    """Open a file that has to have two columns at least."""
    source = open_source(file, delimiter)
    if len(source.names) < 2:
        name = source.names[0] if source.names else ""
        raise TableError(
            f"{file} has one column only, {name!r}; is the delimiter another one? Give it, such as --delimiter ';'."
        )
    return source


def _joined(file: Path, source: Source, batches: Sequence[RawRows], rows: int) -> RawTable:
    kept = [_well_formed(batch) for batch in batches]
    notes = [*source.notes, *_malformed_notes(file, batches, rows)]
    table = pa.concat_tables([batch.table.filter(pa.array(keep)) for batch, keep in zip(batches, kept, strict=True)])
    lines = [batch.lines[keep] for batch, keep in zip(batches, kept, strict=True) if batch.lines is not None]
    return RawTable(table, notes, np.concatenate(lines) if lines else None)


def _well_formed(batch: RawRows) -> npt.NDArray[np.bool_]:
    keep = np.ones(batch.table.num_rows, dtype=np.bool_)
    keep[list(batch.malformed)] = False
    return keep


def _malformed_notes(file: Path, batches: Sequence[RawRows], rows: int) -> list[str]:
    found = [(b.lines[row], what) for b in batches if b.lines is not None for row, what in b.malformed.items()]
    if not found:
        return []
    line, what = found[0]
    said = f"{len(found):,} of {rows:,} rows do not fit the header (the first, on line {line}: {what})"
    if len(found) > _MOST_MALFORMED * rows:
        raise TableError(f"{file}: {said}. Are the delimiter and the quotes right?")
    return [f"{said}; they were left out."]


class BatchReader:
    """A file of customers, batch by batch, read by a schema.

    ``notes`` is what is worth saying about the file, ``names`` are its columns, ``identifier`` the name of its
    identifier's column or None. Read it once.
    """

    def __init__(self, path: Path, schema: Schema, delimiter: str | None = None) -> None:
        """Open the file and check that its columns fit.

        Raises:
            TableError: the file cannot be read, or a column that the schema requires is missing.
        """
        self._source = open_source(path, delimiter)
        self._schema = schema
        require_columns(self._source.names, schema)
        self.names = tuple(self._source.names)
        self.identifier = identifier_name(self._source.names, schema)
        self.notes = [*self._source.notes, *column_notes(self._source.names, schema)]

    def __iter__(self) -> Iterator[Batch]:
        """Give the rows in order, at most ``BATCH_ROWS`` at a time.

        Raises:
            TableError: the file turns out to be damaged, or a column's type does not fit.
        """
        return (batch for batch, _ in self.beside(()))

    def beside(self, names: Sequence[str]) -> Iterator[tuple[Batch, pa.Table]]:
        """Give the same, and beside each batch of n rows the columns ``names`` as the file has them, those it has.

        Raises:
            TableError: as for iterating.
        """
        first_row = 0
        also = [name for name in names if name in self._source.names]
        wanted = dict.fromkeys([*used_columns(self._source.names, self._schema), *also])
        for raw in self._source.batches(list(wanted)):
            for piece in raw.pieces(BATCH_ROWS):
                batch = to_batch(piece.table, self._schema, first_row, lines=piece.lines, malformed=piece.malformed)
                first_row += len(batch)
                yield batch, piece.table.select(also)

    def types(self, names: Sequence[str]) -> pa.Schema:
        """Return the names and the file's own types of some of its columns, in their order; text for CSV."""
        return pa.schema([(name, self._source.types[self.names.index(name)]) for name in names])

    def done(self) -> float:
        """Return the share of the file that was read, 0 to 1."""
        return self._source.done()


def read_batches(path: str | os.PathLike[str], schema: Schema, delimiter: str | None = None) -> BatchReader:
    """Open a file that may be larger than memory; iterate over what is given to read it.

    Raises:
        TableError: the file cannot be read, or a column that the schema requires is missing.
    """
    return BatchReader(Path(path), schema, delimiter)
