"""A batch of customers as columns: what every engine reads, whatever format the records came in.

Numbers, dates and clock times become one float64 matrix, categories one int32 matrix of codes. Nothing
about the model is known here; scaling and imputing are ``preprocess``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from churn.schema import ISO_DATE, Field, Schema

MISSING = -2
"""Code of a category that was not given."""
UNSEEN = -1
"""Code of a level that training never saw."""

Record = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


class RecordWarning(NamedTuple):
    """Something worth saying about one field of a record that was scored all the same."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A validated batch of n customers.

    ``numbers``: (n, d) float64, NaN where missing, columns in the order of ``schema.numbers``.
    ``codes``: (n, c) int32, ``MISSING``, ``UNSEEN`` or the position of the level, columns in the order of
    ``schema.categories``.
    """

    schema: Schema
    numbers: Floats
    codes: Codes

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.numbers)

    def take(self, rows: slice | npt.NDArray[Any]) -> Columns:
        """Return the customers at ``rows`` (a slice, an index array or a mask)."""
        return Columns(self.schema, self.numbers[rows], self.codes[rows])


def parse_day(text: str, date_format: str | None) -> date:
    """Read a day as the schema writes days (ISO 8601 when the schema does not say otherwise).

    Raises:
        ValueError: the text is no such day.
    """
    if date_format is None or date_format == ISO_DATE:
        return date.fromisoformat(text[:10] if text[10:11] in {"T", " "} else text)
    return datetime.strptime(text, date_format).date()  # noqa: DTZ007  a day has no time zone


def parse_hours(text: str) -> float:
    """Read a clock time, HH:MM or HH:MM:SS with an optional fraction, as hours since midnight.

    Raises:
        ValueError: the text is no clock time between 00:00 and 23:59:59.
    """
    hour, minute, *rest = text.split(":")
    second = float(rest[0]) if rest else 0.0
    if len(rest) > 1 or not (0 <= int(hour) < 24 and 0 <= int(minute) < 60 and 0 <= second < 60):
        raise ValueError(text)
    return int(hour) + int(minute) / 60 + second / 3600


def number_of(field: Field, as_of: date | None) -> Callable[[Any], float]:
    """Return the function that turns one value of a number, date or time field into its float.

    The function gives NaN for None and for the field's markers and sentinels; it raises ValueError for a
    text that is no date or time.
    """
    if field.kind == "date" and as_of is not None:
        today = as_of.toordinal()
        return _text_number(field, lambda text: float(today - parse_day(text, field.date_format).toordinal()))
    if field.kind == "time":
        return _text_number(field, parse_hours)
    return float


def _text_number(field: Field, parse: Callable[[str], float]) -> Callable[[Any], float]:
    markers = frozenset(field.missing_markers)

    def convert(value: Any) -> float:
        if value is None:
            return np.nan
        text = str(value).strip()
        return np.nan if field.nullable and (not text or text in markers) else parse(text)

    return convert


class RecordReader:
    """Turns validated records into ``Columns``; made once per schema, safe for several threads."""

    def __init__(self, schema: Schema) -> None:
        """Prepare the look-ups."""
        self._schema = schema
        self._number_names = [field.name for field in schema.numbers]
        self._parsers = [
            (j, number_of(field, schema.as_of))
            for j, field in enumerate(schema.numbers)
            if field.kind in {"date", "time"}
        ]
        self._sentinels = [
            (j, value) for j, field in enumerate(schema.numbers) if field.nullable for value in field.sentinels
        ]
        self._lookups = [(field.name, level_codes(field)) for field in schema.categories]
        self._row = _row_getter(self._number_names)

    def read(self, records: Sequence[Record]) -> Columns:
        """Turn n records, each already checked against the schema, into columns.

        Raises:
            ValueError: a date or clock time does not parse (a validated record's always does).
        """
        return Columns(self._schema, self._read_numbers(records), self._read_codes(records))

    def _read_numbers(self, records: Sequence[Record]) -> Floats:
        if not self._number_names:
            return np.empty((len(records), 0))
        rows = self._row(records)
        if self._parsers:
            rows = [self._parsed(row) for row in rows]
        numbers = np.array(rows, dtype=np.float64).reshape(len(rows), len(self._number_names))  # None becomes NaN
        for column, sentinel in self._sentinels:
            values = numbers[:, column]
            values[values == sentinel] = np.nan
        return numbers

    def _parsed(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for column, parse in self._parsers:
            values[column] = parse(values[column])
        return tuple(values)

    def _read_codes(self, records: Sequence[Record]) -> Codes:
        codes = np.empty((len(records), len(self._lookups)), dtype=np.int32)
        for column, (name, lookup) in enumerate(self._lookups):
            codes[:, column] = [lookup[record.get(name)] for record in records]
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


class _LevelCodes(dict[Any, int]):
    """Level -> code; a text that is no level is tried without the blanks around it, then is UNSEEN."""

    def __missing__(self, value: Any) -> int:
        return self.get(value.strip(), UNSEEN) if isinstance(value, str) else UNSEEN


def level_codes(field: Field) -> Mapping[Any, int]:
    """Return the code of each level of a category, and of what stands for a missing one."""
    missing: list[Any] = [None]
    if field.nullable:
        missing += ["", *field.missing_markers, *field.sentinels]
    return _LevelCodes({**dict.fromkeys(missing, MISSING), **{level: code for code, level in enumerate(field.levels)}})


class WarningFinder:
    """Finds what is worth a warning in a batch; made once per schema.

    A batch with nothing to say costs three comparisons.
    """

    def __init__(self, schema: Schema) -> None:
        """Prepare the training ranges as two rows, (1, d) each."""
        ranges = [field.training_range or (-np.inf, np.inf) for field in schema.numbers]
        self._low, self._high = np.array(ranges, dtype=np.float64).reshape(-1, 2).T
        self._schema = schema
        self._missing = {field.name: _missing(field) for field in schema.fields}
        self._unseen = [
            RecordWarning(field.name, "unseen_level", "a level never seen in training; scored as an unknown level")
            for field in schema.categories
        ]

    def find(self, columns: Columns) -> dict[int, list[RecordWarning]]:
        """Return the warnings by position in the batch; positions with nothing to say are left out."""
        inside = (columns.numbers >= self._low) & (columns.numbers <= self._high)
        found: dict[int, list[RecordWarning]] = {}
        if not inside.all():
            _collect(found, ~inside, lambda i, j: self._number_warning(columns.numbers[i, j], j))
        if columns.codes.size and columns.codes.min() < 0:
            _collect(found, columns.codes < 0, lambda i, j: self._code_warning(int(columns.codes[i, j]), j))
        return found

    def _number_warning(self, value: float, column: int) -> RecordWarning:
        field = self._schema.numbers[column]
        if np.isnan(value):
            return self._missing[field.name]
        low, high = self._low[column], self._high[column]
        what = {"date": "days before as_of: ", "time": "hours: "}.get(field.kind, "")
        return RecordWarning(
            field.name,
            "out_of_training_range",
            f"{what}{value:.10g} is outside the training range {low:.10g} to {high:.10g}",
        )

    def _code_warning(self, code: int, column: int) -> RecordWarning:
        return self._missing[self._schema.categories[column].name] if code == MISSING else self._unseen[column]


def _missing(field: Field) -> RecordWarning:
    return RecordWarning(
        field.name, "missing_value", "no value given; scored as the missing values of the training data"
    )


def _collect(
    found: dict[int, list[RecordWarning]], where: npt.NDArray[np.bool_], say: Callable[[int, int], RecordWarning]
) -> None:
    for row, column in zip(*(index.tolist() for index in np.nonzero(where)), strict=True):
        found.setdefault(row, []).append(say(row, column))


def concat(parts: Iterable[Columns]) -> Columns:
    """Join batches of one schema, in order."""
    listed = list(parts)
    return Columns(
        listed[0].schema,
        np.concatenate([part.numbers for part in listed]),
        np.concatenate([part.codes for part in listed]),
    )
