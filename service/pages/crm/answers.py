"""What is asked and answered, as types without unions, made from those that the 3.1 document is made from.

A prediction and what stands in the place of a wrong record become one type with all members, none of them required.
A value that is text, a number or a truth, as it came, has no type here: the value of a reason, and that of a customer
among the assumptions of a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from service.pages.crm.one_type import one_typed
from service.record.models import Answer
from service.record.questions import DecideQuestion
from service.record.replies import DecideAnswer, ExplainAnswer

REF = "#/components/schemas/{model}"
_KEEP: Mapping[str, str] = {"customer_id": "string", "value": "number"}
"""An identifier comes back as it was sent, and these documents have it sent as text."""
_LEFT_OUT: Mapping[str, str] = {"ReasonGiven": "value", "Taken": "value"}
_PREDICTION = "The answer for one customer; error stands there, and nothing else is told, where its record is wrong."


class BandsTold(TypedDict):
    """From which probability the risk is medium, and from which it is high."""

    medium: float
    high: float


class ModelTold(TypedDict):
    """Which model is served, and from which probability on a customer counts as leaving."""

    name: str
    version: str
    created: str
    threshold: float
    bands: BandsTold
    engine: str
    as_of: str | None
    schema_digest: str


class Ready(TypedDict):
    """The service can answer; status is then ready."""

    status: str


_TYPES: Mapping[str, Any] = {
    "Answer": Answer,
    "ExplainAnswer": ExplainAnswer,
    "DecideQuestion": DecideQuestion,
    "DecideAnswer": DecideAnswer,
    "ModelTold": ModelTold,
    "Ready": Ready,
}


def ref(name: str) -> dict[str, str]:
    """Return a reference to a type."""
    return {"$ref": REF.format(model=name)}


def records(most: int) -> dict[str, Any]:
    """Return the schema of an array of records."""
    return {"type": "array", "items": ref("Record"), "minItems": 1, "maxItems": most}


def answer_types(max_records: int, fields: int) -> dict[str, dict[str, Any]]:
    """Return the schema of every type but that of a record; ``fields`` is how many the model has."""
    found: dict[str, Any] = {}
    for name, kind in _TYPES.items():
        described = TypeAdapter(kind).json_schema(ref_template=REF, mode="serialization")
        found |= {**described.pop("$defs", {}), name: described}
    found["Prediction"] = _either(found["Prediction"], found.pop("Unscored"), _PREDICTION)
    found["Answer"]["properties"]["predictions"]["items"] = ref("Prediction")
    found["Taken"]["properties"]["budget"] = ref("BudgetQuestion")  # it says what the question said
    asked = found["DecideQuestion"]["properties"]
    asked["records"] = {**records(max_records), "title": "Records"}
    asked["explain"]["maximum"] = fields
    return {name: one_typed(described, _KEEP, _LEFT_OUT.get(name)) for name, described in found.items()}


def _either(one: dict[str, Any], other: dict[str, Any], description: str) -> dict[str, Any]:
    """Return an object that may have the members of both."""
    return {"description": description, "properties": {**one["properties"], **other["properties"]}}
