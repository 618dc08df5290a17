"""Customer records, each already checked against the schema -> ``Columns``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from churn.arrays import Codes, Floats
from churn.columns import Columns, Record
from churn.kinds import TextQuantity, category_of, quantity_of
from churn.schema import Schema

Cells = tuple[Any, ...]
"""The values of one field, one for each record."""


class RecordReader:
    """Turns checked records into ``Columns``; made once per schema, safe for several threads.

    A text that stands for a number, such as a date, may already be that number: whoever checked the record had to
    read the text for it.
    """

    def __init__(self, schema: Schema) -> None:
        """Prepare the look-ups."""
        self._schema = schema
        self._names = [field.name for field in (*schema.numbers, *schema.categories)]
        self._getter = itemgetter(*self._names) if len(self._names) > 1 else None
        quantities = [quantity_of(field, schema.as_of) for field in schema.numbers]
        self._from_text = {j: kind.number for j, kind in enumerate(quantities) if isinstance(kind, TextQuantity)}
        self._sentinels = [
            (j, value) for j, field in enumerate(schema.numbers) if field.nullable for value in field.sentinels
        ]
        self._code_of = [category_of(field).codes().__getitem__ for field in schema.categories]

    def read(self, records: Sequence[Record]) -> Columns:
        """Turn n records into columns; what the checks let pass never fails here."""
        columns = list(zip(*self._rows(records), strict=True)) or [()] * len(self._names)
        return self._read(columns, len(records))

    def read_cells(self, cells: Mapping[str, Sequence[Any]], count: int) -> Columns:
        """Do the same with the values of each field, (n,) by its name; a field that is not there is missing in all."""
        nothing = (None,) * count
        return self._read([cells.get(name, nothing) for name in self._names], count)

    def _read(self, columns: Sequence[Sequence[Any]], count: int) -> Columns:
        numbers = len(self._schema.numbers)
        return Columns(
            self._schema, self._read_numbers(columns[:numbers], count), self._read_codes(columns[numbers:], count)
        )

    def _rows(self, records: Sequence[Record]) -> Iterable[Cells]:
        """Take the values out of the records, of which some may leave out some."""
        if self._getter is not None:
            try:
                return list(map(self._getter, records))
            except KeyError:
                pass
        return [tuple(map(record.get, self._names)) for record in records]

    def _read_numbers(self, columns: Sequence[Sequence[Any]], count: int) -> Floats:
        cells = [self._as_numbers(j, column) for j, column in enumerate(columns)] if self._from_text else columns
        numbers = np.array(cells, dtype=np.float64).reshape(len(columns), count).T.copy()  # None becomes NaN
        for column, sentinel in self._sentinels:
            values = numbers[:, column]
            values[values == sentinel] = np.nan
        return numbers

    def _as_numbers(self, column: int, cells: Sequence[Any]) -> Sequence[Any]:
        number = self._from_text.get(column)
        return cells if number is None else [number(cell) if isinstance(cell, str) else cell for cell in cells]

    def _read_codes(self, columns: Sequence[Sequence[Any]], count: int) -> Codes:
        codes = chain.from_iterable(map(map, self._code_of, columns))
        return np.fromiter(codes, np.int32, len(columns) * count).reshape(len(columns), count).T.copy()
