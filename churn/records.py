"""Customer records, each already checked against the schema -> ``Columns``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from churn.arrays import Codes, Floats
from churn.columns import Columns, Record
from churn.kinds import TextQuantity, category_of, quantity_of
from churn.schema import Schema


class RecordReader:
    """Turns checked records into ``Columns``; made once per schema, safe for several threads.

    A text that stands for a number, such as a date, may already be that number: whoever checked the record had to
    read the text for it.
    """

    def __init__(self, schema: Schema) -> None:
        """Prepare the look-ups."""
        self._schema = schema
        self._number_names = [field.name for field in schema.numbers]
        quantities = [quantity_of(field, schema.as_of) for field in schema.numbers]
        self._from_text = [(j, kind.number) for j, kind in enumerate(quantities) if isinstance(kind, TextQuantity)]
        self._sentinels = [
            (j, value) for j, field in enumerate(schema.numbers) if field.nullable for value in field.sentinels
        ]
        self._codes = [(field.name, category_of(field).codes()) for field in schema.categories]
        self._row = _row_getter(self._number_names)

    def read(self, records: Sequence[Record]) -> Columns:
        """Turn n records into columns; what the checks let pass never fails here."""
        return Columns(self._schema, self._read_numbers(records), self._read_codes(records))

    def _read_numbers(self, records: Sequence[Record]) -> Floats:
        if not self._number_names:
            return np.empty((len(records), 0))
        rows = self._row(records)
        if self._from_text:
            rows = [self._read_texts(row) for row in rows]
        numbers = np.array(rows, dtype=np.float64).reshape(len(rows), len(self._number_names))  # None becomes NaN
        for column, sentinel in self._sentinels:
            values = numbers[:, column]
            values[values == sentinel] = np.nan
        return numbers

    def _read_texts(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for column, number in self._from_text:
            if isinstance(values[column], str):
                values[column] = number(values[column])
        return tuple(values)

    def _read_codes(self, records: Sequence[Record]) -> Codes:
        codes = np.empty((len(records), len(self._codes)), dtype=np.int32)
        for column, (name, code_of) in enumerate(self._codes):
            codes[:, column] = [code_of[record.get(name)] for record in records]
        return codes


def _row_getter(names: list[str]) -> Callable[[Sequence[Record]], list[tuple[Any, ...]]]:
    """Return the fastest way to take ``names`` out of records, of which some may leave out some names."""
    getter = itemgetter(*names) if len(names) > 1 else (lambda record: (record[names[0]],))

    def rows(records: Sequence[Record]) -> list[tuple[Any, ...]]:
        try:
            return [getter(record) for record in records]
        except KeyError:
            return [tuple(map(record.get, names)) for record in records]

    return rows
