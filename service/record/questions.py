"""What may be asked besides a prediction, as types for pydantic.

No ``from __future__ import annotations`` here: the types are made while running.
"""

from functools import cache
from typing import Annotated, Any, NotRequired

from pydantic import ConfigDict, Strict, TypeAdapter, with_config
from pydantic import Field as Limits
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from churn.errors import BadInput
from churn.schema import Schema

_Whole = Annotated[int, Strict()]
_Amount = Annotated[float, Strict()]
_Text = Annotated[str, Strict()]
_Count = Annotated[int, Strict(), Limits(ge=0)]
_NOTHING_ELSE = ConfigDict(extra="forbid")


def _told(**limits: float) -> Any:
    """Say limits in the JSON Schema alone; what breaks them is refused later, with a sentence of its own."""
    return Limits(json_schema_extra=dict(limits))


@with_config(ConfigDict(extra="forbid", json_schema_extra={"maxProperties": 1}))
class BudgetQuestion(TypedDict):
    """What may be spent: a number of contacts, or an amount of money."""

    contacts: NotRequired[Annotated[_Whole, _told(minimum=1)]]
    amount: NotRequired[Annotated[_Amount, _told(exclusiveMinimum=0)]]


@with_config(_NOTHING_ELSE)
class EconomicsQuestion(TypedDict):
    """What a customer who is kept is worth, what a contact costs, how often it works, and what may be spent."""

    value: NotRequired[
        Annotated[Annotated[_Amount, _told(exclusiveMinimum=0)] | _Text, Limits(union_mode="left_to_right")]
    ]
    contact_cost: NotRequired[Annotated[_Amount, _told(minimum=0)]]
    contact_success: NotRequired[Annotated[_Amount, _told(exclusiveMinimum=0, maximum=1)]]
    budget: NotRequired[BudgetQuestion]


@with_config(_NOTHING_ELSE)
class DecideQuestion(EconomicsQuestion):
    """Whom to contact: the customers, what one who is kept is worth, what a contact costs and how often it works.

    value is an amount for all customers, or the name of the field that holds each one's. What is left out is as the
    service was started, or as the bundle was trained. explain says how many reasons each contacted customer gets.
    """

    records: list[Any]
    explain: NotRequired[_Count]


RangeQuestion: Any = with_config(_NOTHING_ELSE)(
    TypedDict("RangeQuestion", {"from": Any, "to": Any, "steps": NotRequired[_Whole]})  # type: ignore[operator]
)
"""Values of a number or a date from one to another."""

WhatIfQuestion: Any = with_config(_NOTHING_ELSE)(
    TypedDict(  # type: ignore[operator]
        "WhatIfQuestion",
        {
            "record": dict[str, Any],
            "changes": NotRequired[dict[str, Any]],
            "try": NotRequired[
                Annotated[
                    dict[str, Annotated[_Text | list[Any] | RangeQuestion, Limits(union_mode="left_to_right")]],
                    _told(minProperties=1),
                ]
            ],
        },
    )
)
"""A customer, changes made together, and what to try on top of them, one value at a time."""


def at_most_fields(count: int, schema: Schema) -> int:
    """Return how many reasons are asked for.

    Raises:
        BadInput: more than the schema has fields.
    """
    fields = len(schema.fields)
    if count > fields:
        raise BadInput(f'"explain" is {count:,}; the model has {fields} fields, so there are at most so many reasons.')
    return count


@cache
def decide_adapter() -> TypeAdapter[dict[str, Any]]:
    """Return the validator of a question to /decide."""
    kind: Any = DecideQuestion
    return TypeAdapter(kind)


@cache
def what_if_adapter() -> TypeAdapter[dict[str, Any]]:
    """Return the validator of a question to /whatif."""
    return TypeAdapter(WhatIfQuestion)
