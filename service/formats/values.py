"""Customers that are plain values already, as the dialects bring them: records, or columns by name.

As with JSON bodies there is a quick way for what is surely right; all else is read by ``BodyReader``, which says what
is wrong. What it takes is made when it is first needed, for most services never speak a dialect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from churn.batch import Batch
from churn.columns import Record
from churn.identifier import identifier_names
from churn.kinds import kind_of
from churn.records import RecordReader
from churn.schema import Schema
from service.formats.json_body.reading import BodyReader
from service.record.checks import check_identifier
from service.record.ignored import left_out
from service.record.models import column_adapters, records_adapter

_NO_MASS_BYTES = 16 * 1024
"""So few bytes cannot hold much, whatever they are."""


class ValuesReader:
    """Reads customers of one schema; safe for several threads."""

    def __init__(self, schema: Schema, reader: BodyReader, *, ignores: bool) -> None:
        """Take the schema, what reads all that may be wrong, and whether fields that training left out may stand."""
        self.schema = schema
        self._reader = reader
        self._ignores = ignores
        self._names = frozenset(field.name for field in schema.fields)

    @property
    def max_records(self) -> int:
        """The most records of one request."""
        return self._reader.max_records

    def refuse_masses(self, body: bytes) -> None:
        """Refuse a body that holds more than its customers can, be each value in an array or object of its own.

        Raises:
            Refusal: it does.
        """
        if len(body) > _NO_MASS_BYTES:
            self._reader.refuse_masses(body, values_in_containers=True)

    def refuse_many(self, records: int, values: int = 0) -> None:
        """Refuse so many customers, or so many values of all of them, if they are too many.

        Raises:
            Refusal: they are.
        """
        self._reader.refuse_many(records, values)

    def check_quickly(self, records: Sequence[Any]) -> Sequence[Record] | None:
        """Return records as they are checked, if all are surely right; None where it takes the closer look to tell."""
        if not 0 < len(records) <= self._reader.max_records:
            return None
        try:
            checked: Sequence[Record] = self._many.validate_python(records)
        except ValueError:  # pydantic's ValidationError is one, and so is what a missing field raises
            return None
        dropped = sum(map(len, records)) - sum(map(len, checked))
        return None if dropped else checked

    def read_records(self, records: Sequence[Any]) -> Batch:
        """Read n records.

        Raises:
            Refusal: there are none, too many, or wrong ones.
        """
        return self.read_records_quickly(records) or self._reader.read_values(list(records), report=False)

    def read_records_quickly(self, records: Sequence[Any]) -> Batch | None:
        """Read n records if all are surely right; None where it takes the closer look to tell."""
        checked = self.check_quickly(records)
        if checked is None:
            return None
        return Batch(self._to_columns.read(checked), self._reader.identifiers(checked), {})

    def read_columns(self, columns: Mapping[str, Sequence[Any]], count: int) -> Batch:
        """Read n customers of whom each column holds one value.

        Raises:
            Refusal: there are none, too many, or wrong ones.
        """
        batch = self.read_columns_quickly(columns, count)
        self._reader.refuse_many(count)  # before a record is made of each
        return batch or self._reader.read_values(records_of(columns, count), report=False)

    def read_columns_quickly(self, columns: Mapping[str, Sequence[Any]], count: int) -> Batch | None:
        """Read n customers by column if all are surely right; None where it takes the closer look to tell."""
        cells = self._checked_cells(columns) if 0 < count <= self._reader.max_records else None
        return None if cells is None else Batch(self._to_columns.read_cells(cells, count), None, {})

    def _checked_cells(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]] | None:
        """Return the values of each field as they are checked, if all are surely right and nothing unknown is there."""
        for name in columns.keys() - self._names - self._passed_over:
            if name not in self._identifiers or any(check_identifier(value) is not None for value in columns[name]):
                return None
        cells = {}
        for name, adapter in self._columns.items():
            values = columns.get(name)
            if values is None:
                if name in self._required:
                    return None
                continue
            try:
                cells[name] = adapter.validate_python(values)
            except ValueError:
                return None
        return cells

    @cached_property
    def whole(self) -> frozenset[str]:
        """The fields of whole numbers: where a value is missing, the others of its column may come as floats."""
        return frozenset(field.name for field in self.schema.fields if kind_of(field).wire is int)

    @cached_property
    def _passed_over(self) -> frozenset[str]:
        return frozenset(left_out(self.schema)) if self._ignores else frozenset()

    @cached_property
    def _identifiers(self) -> frozenset[str]:
        return frozenset(identifier_names(self.schema))

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(field.name for field in self.schema.fields if not field.nullable)

    @cached_property
    def _many(self) -> TypeAdapter[list[dict[str, Any]]]:
        return records_adapter(self.schema, ignores=self._ignores)

    @cached_property
    def _columns(self) -> dict[str, TypeAdapter[list[Any]]]:
        return column_adapters(self.schema)

    @cached_property
    def _to_columns(self) -> RecordReader:
        return RecordReader(self.schema)


def records_of(columns: Mapping[str, Sequence[Any]], count: int) -> list[dict[str, Any]]:
    """Return the same customers as records; a value that is missing is one that is null."""
    if count == 1:  # the most frequent
        return [{name: values[0] for name, values in columns.items()}]
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)] or [{}] * count
