"""A table that comes row by row and is wanted column by column."""

from __future__ import annotations

from typing import Any

from churn.schema import Schema
from service.dialects.mlflow.cells import cell_readers

_TURNED_ROWS = 500
"""So many rows become columns together."""


class GrowingTable:
    """The columns of a table that grows row by row; hundreds of thousands of rows as lists would keep Python busy."""

    def __init__(self, schema: Schema, names: list[str]) -> None:
        """Begin without a row; ``names`` are those of the columns, each once."""
        self.count = 0
        self.width = len(names)
        self._names = names
        self._readers = cell_readers(schema, names)
        self._columns: list[list[Any]] = [[] for _ in names]
        self._rows: list[list[str]] = []

    def add(self, row: list[str]) -> None:
        """Take a row that is as long as there are columns."""
        self.count += 1
        self._rows.append(row)
        if len(self._rows) == _TURNED_ROWS:
            self._turn()

    def columns(self) -> dict[str, list[Any]]:
        """Return the values of each column, as JSON would hold them."""
        self._turn()
        return dict(zip(self._names, self._columns, strict=True))

    def _turn(self) -> None:
        if self._rows:
            for column, reader, cells in zip(self._columns, self._readers, zip(*self._rows, strict=True), strict=True):
                column.extend(map(reader, cells))
            self._rows.clear()
