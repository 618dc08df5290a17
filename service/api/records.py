"""From a request body to columns: the quick way for what is surely right, the exact way for all else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from churn.columns import Columns, Record
from churn.errors import Problem
from churn.schema import Schema
from service.api.checks import Checker, check_identifier
from service.api.errors import ERRORS_LIMIT, Refusal
from service.api.models import identifier_names, record_adapter, records_adapter
from service.api.parse import count_containers, may_name_more, parse

NOTHING = object()
"""Stands for the identifier of a record that gives none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one request.

    ``columns`` hold those that can be scored, in order; ``ids`` one entry for every record (``NOTHING`` where
    none was given); ``problems`` those of the others, by position.
    """

    columns: Columns
    ids: Sequence[Any]
    problems: Mapping[int, Sequence[Problem]]


class BodyReader:
    """Reads bodies of one schema; made once, safe for several threads."""

    def __init__(self, schema: Schema, to_columns: Callable[[Sequence[Record]], Columns], max_records: int) -> None:
        """Take the schema, what makes columns of checked records, and the most records of one request."""
        self._one = record_adapter(schema)
        self._many = records_adapter(schema)
        self._checker = Checker(schema)
        self._to_columns = to_columns
        self._identifiers = identifier_names(schema)
        self._max_records = max_records

    def read(self, body: bytes, *, report: bool) -> Batch:
        """Read a JSON body; with ``report``, wrong records are returned as problems.

        Raises:
            Refusal: the body cannot be read, holds no or too many records, or (without ``report``) wrong ones.
        """
        return self.read_quickly(body) or self._read_exactly(body, report=report)

    def read_quickly(self, body: bytes) -> Batch | None:
        """Read a body whose every record is surely right; None where it takes a closer, slower look to tell."""
        try:
            records = [self._one.validate_json(body)] if body[:1] == b"{" else self._many.validate_json(body)
            if not 0 < len(records) <= self._max_records or may_name_more(body, records):
                return None
            return Batch(self._to_columns(records), self._ids(records), {})
        except ValueError:  # pydantic's ValidationError is one; so is a date that is none
            return None

    def _read_exactly(self, body: bytes, *, report: bool) -> Batch:
        self._refuse_masses(body)
        records = self._listed(parse(body))
        problems = self._problems(records, report=report)
        if problems and not report:
            raise _refusal(problems, len(records))
        good = [record for index, record in enumerate(records) if index not in problems]
        return Batch(self._to_columns(good), [self._id_of_any(record) for record in records], problems)

    def _listed(self, value: Any) -> list[Any]:
        records = value if isinstance(value, list) else [value]
        if not isinstance(value, list | dict):
            raise _no_records(f"The body is {_article(value)}")
        if not records:
            raise _no_records("The array is empty")
        if len(records) > self._max_records:
            raise self._too_many(f"{len(records):,} records")
        return records

    def _refuse_masses(self, body: bytes) -> None:
        most = self._max_records + 1  # the array around them
        if body.count(b"{") + body.count(b"[") > most and (count := count_containers(body)) > most:
            raise self._too_many(f"{count:,} objects and arrays")

    def _too_many(self, what: str) -> Refusal:
        limit = f"the limit is {self._max_records:,} records"
        return Refusal("too-large", f"The request has {what}; {limit}. Split them over several requests.")

    def _problems(self, records: Sequence[Any], *, report: bool) -> dict[int, list[Problem]]:
        found: dict[int, list[Problem]] = {}
        count = 0
        for index, record in enumerate(records):
            problems = self._checker.problems(index, record)
            if problems:
                found[index] = problems
                count += len(problems)
                if count > ERRORS_LIMIT and not report:
                    break
        return found

    def _ids(self, records: Sequence[Any]) -> list[Any]:
        """Return the identifier of each valid record; the first of its names that is given counts."""
        first, last = self._identifiers[0], self._identifiers[-1]
        return [record.get(first, record.get(last, NOTHING)) for record in records]

    def _id_of_any(self, record: Any) -> Any:
        """Return the identifier of a record that may be wrong, if that at least is right."""
        given = self._ids([record])[0] if isinstance(record, dict) else NOTHING
        return given if given is not NOTHING and check_identifier(given) is None else NOTHING


def _article(value: object) -> str:
    return "null" if value is None else f"a single {'text' if isinstance(value, str) else 'value'}"


def _no_records(what: str) -> Refusal:
    return Refusal(
        "invalid-records", f"{what}; it holds no customer record. Send an array of records, or one record object."
    )


def _refusal(problems: Mapping[int, Sequence[Problem]], records: int) -> Refusal:
    every = [problem for found in problems.values() for problem in found]
    detail = f"{len(problems):,} of {records:,} records cannot be scored ({len(every):,} problems); nothing was scored."
    if len(every) > ERRORS_LIMIT:
        detail = f"Too much is wrong to list it all: {ERRORS_LIMIT:,} problems are listed, the rest was not looked at."
    return Refusal("invalid-records", detail, problems=every[:ERRORS_LIMIT], records=records)
