"""A DataFrame -> a batch. Of pandas nothing is imported: a frame is what has named columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import pyarrow as pa

from churn.batch import Batch
from churn.errors import TableError
from churn.schema import Schema
from churn.tables.rows import require_columns, to_batch, used_columns


class Frame(Protocol):
    """A table in memory, such as a pandas DataFrame."""

    @property
    def columns(self) -> Iterable[Any]:
        """The labels of the columns."""
        ...

    def __getitem__(self, label: Any, /) -> Any:
        """Return the column of a label."""
        ...


def frame_batch(frame: Frame, schema: Schema) -> Batch:
    """Read the n rows of a DataFrame by a schema, as ``to_batch`` reads a table with its types.

    Columns that the schema does not know are not looked at.

    Raises:
        TableError: a column that the schema requires is missing, stands there twice, or holds values of several types
            or of one that cannot fit.
    """
    names = [str(label) for label in frame.columns]
    require_columns(names, schema)
    used = used_columns(names, schema)
    twice = sorted({name for name in used if used.count(name) > 1})
    if twice:
        raise TableError(f"The table has the column(s) {twice} more than once; each name may stand once.")
    labels = dict(zip(names, frame.columns, strict=True))
    return to_batch(pa.table({name: _cells(frame[labels[name]], name, schema) for name in used}), schema)


def _cells(column: Any, name: str, schema: Schema) -> pa.Array:
    """Return a column's values with NaN as null; where there is no other value, they are of no type."""
    try:
        cells = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        field = schema.by_name.get(name)
        expected = "values of one type" if field is None else f"{field.expected()} in every row"
        raise TableError(f"The column {name!r} holds {_said(column, error)}; expected is {expected}.") from None
    return pa.nulls(len(cells)) if cells.null_count == len(cells) else cells


def _said(column: Any, error: Exception) -> str:
    """Say where a value of each type stands first, or what else is wrong with a column."""
    first: dict[str, int] = {}
    for row, value in enumerate(column):
        if value is not None and value == value:  # noqa: PLR0124  NaN stands for a missing value
            first.setdefault(type(value).__name__, row + 1)
    if len(first) < 2:
        return f"what no table can ({error})"
    return "values of several types (" + ", ".join(f"{kind} in row {row}" for kind, row in first.items()) + ")"
