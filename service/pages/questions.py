"""Example bodies of the questions besides a prediction, made from the schema."""

from __future__ import annotations

from typing import Any

from churn.schema import Schema
from churn.whatif import ALL
from service.record.describe import example_record


def explain_examples(schema: Schema) -> dict[str, Any]:
    """Return examples for /explain."""
    return {"single": {"summary": "One record", "value": example_record(schema)}}


def decide_examples(schema: Schema) -> dict[str, Any]:
    """Return examples for /decide."""
    question = {
        "records": [example_record(schema), example_record(schema, "A-1002")],
        "value": 200,
        "contact_cost": 10,
        "contact_success": 0.3,
        "budget": {"contacts": 1},
    }
    return {"budget": {"summary": "The one customer whom contacting pays most for", "value": question}}


def what_if_examples(schema: Schema) -> dict[str, Any]:
    """Return examples for /whatif: a change, and fields of which all is tried."""
    record = example_record(schema)
    field = next((field for field in schema.fields if field.actionable), schema.fields[0])
    other = next((level for level in field.levels if level != record[field.name]), record[field.name])
    return {
        "change": {"summary": "A change", "value": {"record": record, "changes": {field.name: other}}},
        "try": {"summary": "Every value of a field", "value": {"record": record, "try": {field.name: ALL}}},
    }
