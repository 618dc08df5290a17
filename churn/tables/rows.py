"""A table -> a batch: columns of its good rows, and what is wrong with every other row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from churn.batch import Batch, Refused
from churn.columns import Codes, Columns, Floats, Mask
from churn.errors import Problem, TableError, shown
from churn.identifier import identifier_names
from churn.schema import Field, Schema
from churn.tables.cells import parse_codes, parse_numbers, plain, texts

Lines = npt.NDArray[np.int64]


def to_batch(
    table: pa.Table | pa.RecordBatch,
    schema: Schema,
    first_row: int = 0,
    *,
    lines: Lines | None = None,
    malformed: Mapping[int, str] | None = None,
) -> Batch:
    """Read n rows by a schema; identifiers stay as the table has them.

    ``first_row`` is the position of the first row in its file, for the problems; ``lines`` (n,) are the
    lines of a text file, from 1; ``malformed`` says which rows (from 0) could not be cut into cells, and
    what was there.

    Raises:
        TableError: a column that the schema requires is missing, or is of a type that cannot fit.
    """
    require_columns(table.column_names, schema)
    reader = _Reader(table, schema, first_row, lines)
    reader.refuse_malformed(malformed or {})
    numbers, codes = reader.numbers(), reader.codes()
    columns = Columns(schema, numbers[reader.good], codes[reader.good])
    return Batch(columns, _identifiers(table, schema), reader.refused())


def require_columns(names: Sequence[str], schema: Schema) -> None:
    """Check that the columns which the schema requires are there; one that may be missing may be left out.

    Raises:
        TableError: naming those that are not, and those that the table has.
    """
    absent = [field.name for field in schema.fields if not field.nullable and field.name not in names]
    if absent:
        one = "" if len(names) != 1 else " That is one column only: is the delimiter right? (--delimiter)"
        raise TableError(f"The table lacks the column(s) {listed(absent)}. It has {listed(names)}.{one}")
    if not any(field.name in names for field in schema.fields):
        raise TableError(f"The table has no column of the schema. It has {listed(names)}.")


def column_notes(names: Sequence[str], schema: Schema) -> list[str]:
    """Say which columns of a table are not used, and which that may be missing are."""
    known = {*schema.by_name, *identifier_names(schema), *dict(schema.ignored)}
    known |= {schema.label.name} if schema.label else set()
    extra = [name for name in names if name not in known]
    absent = [name for name in schema.by_name if name not in names]
    notes = [f"Not used, for the schema does not know them: {listed(extra)}."] if extra else []
    return notes + ([f"Not in the table, so taken as missing in every row: {listed(absent)}."] if absent else [])


def used_columns(names: Sequence[str], schema: Schema) -> list[str]:
    """Return the names, in the table's order, of the columns that ``to_batch`` reads."""
    wanted = {*schema.by_name, identifier_name(names, schema)}
    return [name for name in names if name in wanted]


def identifier_name(names: Sequence[str], schema: Schema) -> str | None:
    """Return the name of the table's identifier, None where it has none."""
    return next((name for name in identifier_names(schema) if name in names), None)


def identifier_texts(batch: Batch) -> list[str | None] | None:
    """Return the identifiers of a table's rows as text, (n,), or None where the table has no such column.

    Raises:
        TableError: they are times in a zone that nobody knows, or days that no calendar has.
    """
    column: Any = batch.identifiers
    try:
        return None if column is None else texts(column.to_pylist())
    except (ValueError, OverflowError) as error:
        raise TableError(f"The identifiers, of the type {column.type}, cannot be written as text: {error}.") from None


def _identifiers(table: pa.Table | pa.RecordBatch, schema: Schema) -> pa.Array | None:
    name = identifier_name(table.column_names, schema)
    return None if name is None else plain(table.column(name))


def _written_as(field: Field) -> str:
    """Say how a text cell has to write a number, where the schema says it."""
    if field.decimal is None:
        return ""
    return f", written with a decimal {'comma, such as 1.234,5' if field.decimal == ',' else 'point, such as 1,234.5'}"


def listed(names: Sequence[str], most: int = 40) -> str:
    """Return names for a sentence, the first ``most`` of them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


class _Reader:
    """Reads the fields of one table one by one, and remembers which rows are still good."""

    def __init__(self, table: pa.Table | pa.RecordBatch, schema: Schema, first_row: int, lines: Lines | None) -> None:
        self.good: Mask = np.ones(table.num_rows, dtype=np.bool_)
        self._problems: dict[int, list[Problem]] = {}
        self._table = table
        self._schema = schema
        self._first_row = first_row
        self._lines = lines
        self._readable = self.good

    def refuse_malformed(self, malformed: Mapping[int, str]) -> None:
        """Refuse the rows whose cells cannot be told apart; nothing else is then said about them."""
        for row, received in malformed.items():
            self._refuse(row, None, received, "one cell for each name of the header")
            self.good[row] = False
        self._readable = self.good.copy()

    def refused(self) -> dict[int, Refused]:
        """Return what is wrong with each row that is not good, in order of row."""
        return {row: Refused(len(found), tuple(found)) for row, found in sorted(self._problems.items())}

    def numbers(self) -> Floats:
        """Return (n, d) float64 of all rows, good or bad."""
        matrix = np.full((self._table.num_rows, len(self._schema.numbers)), np.nan)
        for j, (field, cells) in enumerate(self._cells(self._schema.numbers)):
            parsed = parse_numbers(field, cells, self._schema)
            matrix[:, j] = parsed.values
            self._refuse_cells(field, cells, parsed.refused)
        return matrix

    def codes(self) -> Codes:
        """Return (n, c) int32 of all rows, good or bad."""
        matrix = np.empty((self._table.num_rows, len(self._schema.categories)), dtype=np.int32)
        for j, (field, cells) in enumerate(self._cells(self._schema.categories)):
            parsed = parse_codes(field, cells)
            matrix[:, j] = parsed.codes
            self._refuse_cells(field, cells, parsed.refused)
        return matrix

    def _cells(self, fields: Sequence[Field]) -> list[tuple[Field, pa.Array]]:
        nothing = pa.nulls(self._table.num_rows)
        names = self._table.column_names
        return [(f, plain(self._table.column(f.name)) if f.name in names else nothing) for f in fields]

    def _refuse_cells(self, field: Field, cells: pa.Array, refused: Mask) -> None:
        rows = np.flatnonzero(refused & self._readable)
        if not rows.size:
            return
        self.good[rows] = False
        expected = f"{field.expected()}{_written_as(field)}"
        for row, value in zip(rows.tolist(), cells.take(pa.array(rows)).to_pylist(), strict=True):
            self._refuse(row, field.name, "null" if value is None else shown(value), expected)

    def _refuse(self, row: int, field: str | None, received: str, expected: str) -> None:
        line = None if self._lines is None else int(self._lines[row])
        self._problems.setdefault(row, []).append(Problem(self._first_row + row, field, received, expected, line))
