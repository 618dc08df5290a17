"""The request and the answers as types, for pydantic. What a record is comes from the schema alone.

No ``from __future__ import annotations`` here: the types are made while running, from values.

pydantic gives the quick yes. These types accept only values that are surely right; for everything else
``checks`` decides and says exactly why (it also accepts the rare right ones that are refused here, such as
5.0 for a whole number). A hostile record must not be able to make this slow: unknown fields are dropped rather
than refused, for pydantic would list every one of a million (``records`` sees by the count of names that some
were dropped), and the first missing field stops it.
"""

import math
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, FailFast, Strict, StringConstraints, TypeAdapter
from pydantic import Field as Limits
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from churn.identifier import identifier_names
from churn.kinds import Kind, Quantity, TextQuantity, kind_of
from churn.kinds.wire import TEXT_LIMIT_CHARACTERS, WORD_LIMIT
from churn.notices import WarningCode
from churn.schema import Schema
from service.record.ignored import left_out

Text = Annotated[str, Strict(), StringConstraints(max_length=TEXT_LIMIT_CHARACTERS)]
Whole = Annotated[int, Strict(), Limits(gt=-WORD_LIMIT - 1, lt=WORD_LIMIT)]
Number = Annotated[float, Strict(), Limits(gt=-float(WORD_LIMIT), lt=float(WORD_LIMIT), allow_inf_nan=False)]
Truth = Annotated[bool, Strict()]
CustomerId = Annotated[Text | Whole, Limits(union_mode="left_to_right")]


class MissingFieldError(ValueError):
    """A record lacks a required field; ``checks`` says which."""


class Warned(TypedDict):
    """Something worth saying about one field of a record that was scored all the same."""

    field: str
    code: WarningCode
    message: str


class RecordProblem(TypedDict):
    """One thing wrong with one field of one record; index counts the records of the request from 0."""

    index: int
    field: str | None
    received: str
    expected: str
    message: str


class RecordError(TypedDict):
    """Stands in the place of a record that could not be scored, with ?on_error=report.

    detail says how many problems it has. errors lists them as far as the answer has room: 1,000 problems and 256 KB
    for all records together, the first of each record before any other.
    """

    detail: str
    errors: list[RecordProblem]


class ReasonGiven(TypedDict):
    """What one field contributes to the log-odds of leaving; value is null where none was given."""

    field: str
    value: str | int | float | bool | None
    contribution: float
    direction: Literal["raises", "lowers", "none"]
    sentence: str


class Prediction(TypedDict):
    """The answer for one customer.

    customer_id and warnings stand there only where there is something to say; reasons, the largest first, where they
    were asked for.
    """

    customer_id: NotRequired[str | int]
    churn_probability: Annotated[float, Limits(ge=0, le=1)]
    churn: bool
    risk: Literal["low", "medium", "high"]
    reasons: NotRequired[list[ReasonGiven]]
    warnings: NotRequired[list[Warned]]


class Unscored(TypedDict):
    """A record that could not be scored, with ?on_error=report."""

    customer_id: NotRequired[str | int]
    error: RecordError


class Model(TypedDict):
    """Which model answered."""

    name: str
    version: str


class Answer(TypedDict):
    """One prediction for each record, in the order of the request."""

    model: Model
    predictions: list[Prediction | Unscored]


class ProblemDocument(TypedDict):
    """What went wrong (RFC 9457); instance is the request id.

    errors lists the problems of wrong records, up to 1,000 problems and 256 KB, the first of each record before any
    other; detail says how many there are.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: NotRequired[list[RecordProblem]]


def record_adapter(schema: Schema, *, ignores: bool = True) -> TypeAdapter[dict[str, Any]]:
    """Return the validator of one record; ``ignores`` says whether names that training left out may stand in it."""
    return TypeAdapter(_record_type(schema, ignores=ignores))


def records_adapter(schema: Schema, *, ignores: bool = True) -> TypeAdapter[list[dict[str, Any]]]:
    """Return the validator of an array of records; it stops at the first record that it does not accept."""
    array: Any = Annotated[list[_record_type(schema, ignores=ignores)], FailFast()]  # type: ignore[misc]
    return TypeAdapter(array)


def column_adapters(schema: Schema) -> dict[str, TypeAdapter[list[Any]]]:
    """Return the validator of each field's values, given as an array, by the name of the field."""
    made: dict[str, TypeAdapter[list[Any]]] = {}
    for field in schema.fields:
        value = _value_type(kind_of(field, schema.as_of))
        one: Any = value | None if field.nullable else value
        made[field.name] = TypeAdapter(Annotated[list[one], FailFast()])
    return made


def _missing() -> Any:
    """Stop at a required field that is missing; as a default, for pydantic's own error would carry the whole record."""
    raise MissingFieldError


def _record_type(schema: Schema, *, ignores: bool) -> Any:
    types: dict[str, Any] = dict.fromkeys(left_out(schema) if ignores else (), NotRequired[Any])
    types |= dict.fromkeys(identifier_names(schema), NotRequired[CustomerId])
    for field in schema.fields:
        value = _value_type(kind_of(field, schema.as_of))
        types[field.name] = (
            NotRequired[value | None] if field.nullable else Annotated[value, Limits(default_factory=_missing)]
        )
    make: Any = TypedDict
    made = make("Record", types)
    made.__pydantic_config__ = ConfigDict(extra="ignore")
    return made


def _value_type(kind: Kind) -> Any:
    """Return the type of one field's values; of a text that stands for a number it makes that number."""
    plain = {str: Text, int: Whole, float: Number, bool: Truth}[kind.wire]
    if isinstance(kind, TextQuantity):
        return Annotated[plain, AfterValidator(kind.within)]
    if not isinstance(kind, Quantity):
        return plain
    low, high = kind.field.minimum, kind.field.maximum
    if kind.wire is int:
        low, high = None if low is None else math.ceil(low), None if high is None else math.floor(high)
    return Annotated[plain, Limits(ge=low, le=high)]
