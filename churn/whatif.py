"""What if: the values of a field that are worth trying for a customer, as a client would send them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from churn.columns import Record
from churn.errors import BadInput, shown
from churn.kinds import Quantity, TextQuantity, kind_of
from churn.schema import Field, Schema

ALL = "all"
"""Every level of a category; of a quantity ``USUAL_STEPS`` values across what training saw."""
USUAL_STEPS, MOST_STEPS = 5, 200
MOST_TRIES = 1_000


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a quantity from ``low`` to ``high``, both as a client would send them, in so many even steps."""

    low: Any
    high: Any
    steps: int = USUAL_STEPS


@dataclass(frozen=True, slots=True)
class Try:
    """A customer with another value of one field."""

    field: str
    value: Any
    record: Record


Wanted = str | Sequence[Any] | Range
"""What to try of a field: ``ALL``, some values, or a range."""


def actionable(schema: Schema) -> dict[str, Wanted]:
    """Return what is tried where nobody says: all of each field that a company can do something about.

    Raises:
        BadInput: the schema marks none.
    """
    found: dict[str, Wanted] = {field.name: ALL for field in schema.fields if field.actionable}
    if not found:
        name = schema.fields[0].name
        raise BadInput(
            "There is nothing to try: give changes, or name what to try, such as "
            f'{{"try": {{"{name}": "{ALL}"}}}}. Fields that the schema marks as actionable would be tried by default, '
            "but this bundle's marks none."
        )
    return found


def changed(schema: Schema, record: Record, changes: Record) -> Record:
    """Return the customer with changes made together; the values are not checked.

    Raises:
        BadInput: a field does not exist.
    """
    for name in changes:
        _known(schema, name)
    return {**record, **changes}


def tries(schema: Schema, record: Record, wanted: dict[str, Wanted]) -> list[Try]:
    """Return the customer with each wanted value of each field but those it has, one at a time.

    The values are not checked against the schema; whoever reads records does that.

    Raises:
        BadInput: a field does not exist, has nothing to try, or there is too much to try.
    """
    found = [
        (name, value)
        for name, what in wanted.items()
        for value in _values(_known(schema, name), what, schema)
        if not _same(record.get(name), value)
    ]
    if len(found) > MOST_TRIES:  # before a customer is made of each
        raise BadInput(f"There are {len(found):,} values to try; at most {MOST_TRIES:,} are tried in one request.")
    return [Try(name, value, {**record, name: value}) for name, value in found]


def _known(schema: Schema, name: str) -> Field:
    field = schema.by_name.get(name)
    if field is None:
        raise BadInput(f"There is no field {shown(name)} to change; the fields are {', '.join(schema.by_name)}.")
    return field


def _same(given: Any, value: Any) -> bool:
    return given == value and isinstance(given, bool) == isinstance(value, bool)


def _values(field: Field, wanted: Wanted, schema: Schema) -> Sequence[Any]:
    kind = kind_of(field, schema.as_of)
    if isinstance(wanted, Range) or wanted == ALL:
        if isinstance(kind, Quantity):
            return _steps(field, kind, wanted if isinstance(wanted, Range) else _seen(field, kind))
        if isinstance(wanted, Range):
            raise BadInput(f'Field {shown(field.name)} is a category and has no range; try "{ALL}", or list levels.')
        return field.levels
    if isinstance(wanted, str):
        raise BadInput(
            f'What to try of {shown(field.name)} is {shown(wanted)}; it has to be "{ALL}", a list or a range.'
        )
    if not wanted:
        raise BadInput(f'The list of values to try of {shown(field.name)} is empty; list some, or try "{ALL}".')
    return wanted


def _seen(field: Field, kind: Quantity) -> Range:
    if field.training_range is None:
        raise BadInput(f"It is not known which values of {shown(field.name)} training saw; list those to try.")
    low, high = field.training_range
    return Range(kind.written(low), kind.written(high))


def _steps(field: Field, kind: Quantity, asked: Range) -> list[Any]:
    if not 2 <= asked.steps <= MOST_STEPS:
        raise BadInput(f"The range of {shown(field.name)} has {asked.steps} steps; it has to have 2 to {MOST_STEPS}.")
    low, high = (_number(field, kind, end) for end in (asked.low, asked.high))
    numbers = np.linspace(low, high, asked.steps).tolist()
    return list(dict.fromkeys(kind.written(round(number) if kind.wire is int else number) for number in numbers))


def _number(field: Field, kind: Quantity, end: Any) -> float:
    number = math.nan if kind.check()(end) is not None or end is None else _number_of(kind, end)
    if math.isnan(number):  # wrong, or what stands for a missing value
        given = kind_of(replace(field, nullable=False, missing_markers=(), sentinels=()), kind.as_of)
        raise BadInput(
            f"The range of {shown(field.name)} has the end {shown(end)}; it has to be {given.expected()}, "
            "and may not stand for a missing value."
        )
    return number


def _number_of(kind: Quantity, value: Any) -> float:
    """Return the number of a right value; NaN for what stands for a missing one."""
    if isinstance(kind, TextQuantity):
        return kind.number(value)
    return math.nan if value in kind.field.sentinels else float(value)
