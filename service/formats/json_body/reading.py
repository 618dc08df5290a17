"""From a JSON body to a batch: the quick way for what is surely right, the exact way for all else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

from churn.batch import NOTHING, Batch, Refused
from churn.columns import Columns, Record, concat
from churn.identifier import identifier_names
from churn.schema import Schema
from service.formats.json_body.listing import list_problems
from service.formats.json_body.marks import count_byte, count_marks
from service.formats.json_body.parse import may_name_more, parse
from service.formats.json_body.pieces import pieces
from service.problems import LISTED, Refusal
from service.record.checks import Checker, check_identifier
from service.record.ignored import left_out
from service.record.models import record_adapter, records_adapter

_FEW_VALUES = 10_000
"""So many are looked at however few records may come: the answer then says what is wrong with each."""


class BodyReader:
    """Reads bodies of one schema; made once, safe for several threads."""

    def __init__(
        self,
        schema: Schema,
        to_columns: Callable[[Sequence[Record]], Columns],
        max_records: int,
        *,
        ignores: bool = True,
    ) -> None:
        """Take the schema, what makes columns of checked records, and the most records of one request.

        ``ignores`` says whether fields that training left out are ignored; else they are as wrong as unknown ones.
        """
        self._one = record_adapter(schema, ignores=ignores)
        self._many = records_adapter(schema, ignores=ignores)
        self._checker = Checker(schema, ignores=ignores)
        self._to_columns = to_columns
        self._identifiers = identifier_names(schema)
        self._max_records = max_records
        self._limit = f"{max_records:,} records"
        names = len(schema.fields) + len(self._identifiers) + (len(left_out(schema)) if ignores else 0)
        self._most_containers = 2 * max_records + 1  # twice what right records can have: short of that, what is
        self._most_values = max(2 * max_records * names, _FEW_VALUES)  # wrong with each is said more exactly

    @property
    def max_records(self) -> int:
        """The most records of one request."""
        return self._max_records

    def at_most(self, max_records: int, kind: str) -> BodyReader:
        """Return a reader that takes so many records at the most; ``kind`` says of which requests that holds."""
        reader = copy(self)
        reader._max_records = max_records  # noqa: SLF001  a copy of itself
        reader._limit = f"{reader._max_records:,} records {kind}"  # noqa: SLF001
        return reader

    def read(self, body: bytes, *, report: bool) -> Batch:
        """Read a JSON body; with ``report``, wrong records are returned as problems.

        Raises:
            Refusal: the body cannot be read, holds no or too many records, or (without ``report``) wrong ones.
        """
        return self.read_large(body) or self.read_exactly(body, report=report)

    def about(self, body: bytes) -> int:
        """Return about how many records a body holds, of those that it may hold."""
        return min(count_byte(body, b"{") or 1, self._max_records)

    def read_large(self, body: bytes, between: Callable[[], None] = lambda: None) -> Batch | None:
        """Read a body of any size whose every record is surely right; None where it takes the closer look to tell.

        It is read piece by piece, so that other threads come to run; ``between`` is called between the pieces.

        Raises:
            Refusal: it holds so much that it is not even parsed.
        """
        self.refuse_masses(body)
        parts: list[Columns] = []
        identifiers: list[Any] = []
        for piece in pieces(body):
            records = self.check_quickly(piece)
            if records is None or len(identifiers) + len(records) > self._max_records:
                return None
            parts.append(self._to_columns(records))
            identifiers += self.identifiers(records)
            between()
        return Batch(concat(parts), identifiers, {})

    def check_quickly(self, body: bytes) -> Sequence[Record] | None:
        """Return the records of a body, as they are checked, if all are surely right; None as above."""
        try:
            records: Sequence[Record] = (
                [self._one.validate_json(body)] if body[:1] == b"{" else self._many.validate_json(body)
            )
        except ValueError:  # pydantic's ValidationError is one, and so is what a missing field raises
            return None
        if not 0 < len(records) <= self._max_records or may_name_more(body, records):
            return None
        return records

    def read_exactly(self, body: bytes, *, report: bool) -> Batch:
        """Read a body by the closer look, which tells all that is wrong.

        Raises:
            Refusal: as ``read`` does.
        """
        self.refuse_masses(body)
        return self.read_values(parse(body), report=report)

    def read_values(self, value: Any, *, report: bool) -> Batch:
        """Read records that are plain values already.

        Raises:
            Refusal: as ``read`` does.
        """
        records = self._listed(value)
        refused = self._refused(records)
        if refused and not report:
            raise _refusal(refused, len(records))
        with_numbers = self._checker.with_numbers
        good = [with_numbers(record) for index, record in enumerate(records) if index not in refused]
        return Batch(self._to_columns(good), [self._id_of_any(record) for record in records], refused)

    def with_numbers(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record that was read without fault, with numbers for those that came as text."""
        return self._checker.with_numbers(record)

    def _listed(self, value: Any) -> list[Any]:
        records = value if isinstance(value, list) else [value]
        if not isinstance(value, list | dict):
            raise _no_records(f"The body is {_article(value)}")
        if not records:
            raise _no_records("The array is empty")
        self.refuse_many(len(records))
        return records

    def refuse_many(self, records: int, values: int = 0) -> None:
        """Refuse so many records, or so many values of all of them, if they are too many.

        Raises:
            Refusal: they are.
        """
        if records > self._max_records:
            raise self._too_many(f"{records:,} records")
        if values > self._most_values:
            raise self._too_many(f"{values:,} values, more than twice what its records can hold")

    def refuse_masses(self, body: bytes, *, values_in_containers: bool = False) -> None:
        """Refuse what no right body can hold, before millions of values are built; texts may hold what they like.

        ``values_in_containers`` says whether each value may have an array or object around it.
        """
        most_containers = self._most_values if values_in_containers else self._most_containers
        begun = count_byte(body, b"{") + count_byte(body, b"[")
        if begun <= most_containers and count_byte(body, b",") < self._most_values:
            return
        marks = count_marks(body)
        if marks.commas >= self._most_values:
            raise self._too_many(f"{marks.commas + 1:,} values, more than twice what its records can hold")
        if marks.containers > most_containers:
            if marks.commas < most_containers - 1:  # side by side, there would be a comma between any two
                raise Refusal("malformed-json", "The body is nested too deep; records are flat.")
            raise self._too_many(_many_records(body, marks.containers))

    def _too_many(self, what: str) -> Refusal:
        sentence = f"The request has {what}; the limit is {self._limit}. Split them over several requests."
        return Refusal("too-large", sentence)

    def _refused(self, records: Sequence[Any]) -> dict[int, Refused]:
        count = self._checker.count
        counts = {index: found for index, record in enumerate(records) if (found := count(record))}
        guesses = self._checker.guesses()
        return list_problems(counts, lambda index: self._checker.problems(index, records[index], guesses))

    def identifiers(self, records: Sequence[Any]) -> list[Any]:
        """Return the identifier of each valid record; the first of its names that is given counts."""
        first, last = self._identifiers[0], self._identifiers[-1]
        return [record.get(first, record.get(last, NOTHING)) for record in records]

    def _id_of_any(self, record: Any) -> Any:
        """Return the identifier of a record that may be wrong, if that at least is right."""
        given = self.identifiers([record])[0] if isinstance(record, dict) else NOTHING
        return given if given is not NOTHING and check_identifier(given) is None else NOTHING


def _many_records(body: bytes, containers: int) -> str:
    """Say how large a body is that is refused unread, without the array, or the question and its array, around."""
    around = 1 if body.lstrip()[:1] == b"[" else 2
    return f"as many objects and arrays as {containers - around:,} records"


def _article(value: object) -> str:
    return "null" if value is None else f"a single {'text' if isinstance(value, str) else 'value'}"


def _no_records(what: str) -> Refusal:
    return Refusal(
        "invalid-records", f"{what}; it holds no customer record. Send an array of records, or one record object."
    )


def _refusal(refused: Mapping[int, Refused], records: int) -> Refusal:
    count = sum(one.count for one in refused.values())
    told = [problem for one in refused.values() for problem in one.told]
    detail = f"{len(refused):,} of {records:,} records cannot be scored ({count:,} problems); nothing was scored."
    listing = ""
    if len(told) < count:
        listing = (
            f"{len(told):,} of the problems are listed, the first of each record before any other; "
            f"an answer lists {LISTED}."
        )
    return Refusal("invalid-records", detail, problems=told, records=records, listing=listing)
