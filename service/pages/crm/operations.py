"""What a CRM may ask, in words that both versions share: parameters have a ``schema``, as in OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.pages.crm.answers import records, ref
from service.pages.openapi import DENIALS, PREDICT_PROBLEMS, said_by_status
from service.settings import EXPLAINED_RECORDS


@dataclass(frozen=True)
class Operation:
    """One thing to ask; ``name`` stays the same, for flows hold it. ``body`` is None where nothing is sent."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    answer: str
    answers: str
    body: Mapping[str, Any] | None = None
    parameters: Sequence[Mapping[str, Any]] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, Any]:
        """What stands in an operation in both versions."""
        return {"operationId": self.name, "summary": self.summary, "description": self.description}


def operations(max_records: int, fields: int, *, is_closed: bool) -> list[Operation]:
    """Return all of them; ``fields`` is how many the model has, ``is_closed`` says that a caller needs a key."""
    problems = said_by_status((*PREDICT_PROBLEMS, *(DENIALS if is_closed else ())))
    explained = min(max_records, EXPLAINED_RECORDS)
    return [
        Operation(
            "post", "/predict", "Predict", "Score customers",
            f"Says for each record, in order, how likely the customer is to leave; at most {max_records:,} records. A "
            "record that is wrong has its error in its place, and the others are scored.",
            "Answer", "One entry for each record, in order.",
            records(max_records), (_on_error(), _explain(fields, explained)), problems,
        ),
        Operation(
            "post", "/explain", "Explain", "Give all reasons for a prediction",
            "Says what each field contributes to the probability, in a sentence each, the largest first; at most "
            f"{explained:,} records, of which none may be wrong.",
            "ExplainAnswer", "The reasons for each record, in order.",
            records(explained), (), problems,
        ),
        Operation(
            "post", "/decide", "Decide", "Decide whom to contact",
            "Ranks customers by what contacting them is expected to bring, as many as the budget allows; at most "
            f"{max_records:,} records, of which none may be wrong.",
            "DecideAnswer", "Who is contacted, and who is left out and why.",
            ref("DecideQuestion"), (), problems,
        ),
        Operation(
            "get", "/model", "GetModel", "Tell which model is served",
            "Tells the model's name, its version and the thresholds of its answers.",
            "ModelTold", "The model that is served.",
        ),
        Operation(
            "get", "/health/ready", "GetReadiness", "Tell whether the service can answer",
            "Answers 200 when the model is loaded and 503 until then.",
            "Ready", "It can.", problems=said_by_status(("not-ready",)),
        ),
    ]  # fmt: skip


def _on_error() -> dict[str, Any]:
    return {
        "name": "on_error",
        "in": "query",
        "required": True,
        "description": "Always report: a wrong record has its error in its place, and the others are scored.",
        "schema": {"type": "string", "enum": ["report"], "default": "report"},
        "x-ms-summary": "On Error",
        "x-ms-visibility": "internal",
    }


def _explain(fields: int, explained: int) -> dict[str, Any]:
    return {
        "name": "explain",
        "in": "query",
        "required": False,
        "description": "So many reasons are added to each prediction, the largest first; then at most "
        f"{explained:,} records can be sent.",
        "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": fields},
        "x-ms-summary": "Number of Reasons",
        "x-ms-visibility": "advanced",
    }
