"""The answers to questions besides a prediction, as types: OpenAPI is made from them."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field as Limits
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from service.record.models import Model, Prediction, ReasonGiven, Warned

_Probability = Annotated[float, Limits(ge=0, le=1)]


class Base(TypedDict):
    """From where all contributions start: the mean log-odds of the sample that customers are compared with."""

    log_odds: float
    probability: _Probability


class Explained(Prediction):
    """A prediction with all its reasons: sum is their total, log_odds less the base's."""

    log_odds: float
    sum: float


class ExplainAnswer(TypedDict):
    """All reasons for each record, in the order of the request."""

    model: Model
    predictions: list[Explained]
    base: Base


class Customer(TypedDict):
    """What was decided about a customer; index counts the records of the request from 0."""

    rank: NotRequired[int]
    index: int
    customer_id: NotRequired[str | int]
    churn_probability: _Probability
    risk: Literal["low", "medium", "high"]
    value: float | None
    expected_profit: float | None
    decision: Literal["contacted", "does_not_pay", "over_budget", "no_value"]
    sentence: str
    reasons: NotRequired[list[ReasonGiven]]


class Taken(TypedDict):
    """The figures that were used, wherever they came from."""

    value: float | str
    contact_cost: float
    contact_success: float
    budget: dict[str, float]


class DecideAnswer(TypedDict):
    """Whom to contact, the highest expected profit first, what that costs and is expected to bring; and all others."""

    model: Model
    assumptions: Taken
    contacts: int
    cost: float
    expected_profit: float
    contact: list[Customer]
    left_out: list[Customer]


class Scored(TypedDict):
    """What the model says of a customer as it is."""

    churn_probability: _Probability
    churn: bool
    risk: Literal["low", "medium", "high"]
    warnings: NotRequired[list[Warned]]


class After(Scored):
    """What it says with the changes made together; difference is to the customer as it is."""

    changes: dict[str, Any]
    difference: float


class Tried(Scored):
    """What it says with one value changed; difference is to the customer with the changes, if there are any."""

    field: str
    value: str | int | float | bool | None
    difference: float


class WhatIfAnswer(TypedDict):
    """What the model expects, not what an intervention would cause; tried stands in order of the difference."""

    model: Model
    before: Scored
    after: NotRequired[After]
    tried: list[Tried]
