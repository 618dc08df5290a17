"""A field of the schema as JSON Schema: for /schema, OpenAPI and the page at /docs alike."""

from __future__ import annotations

from typing import Any

from churn.identifier import CUSTOMER_ID, identifier_names
from churn.kinds import Quantity, kind_of
from churn.kinds.wire import TEXT_LIMIT_CHARACTERS, WORD_LIMIT
from churn.schema import Field, Schema
from service.record.ignored import left_out
from service.record.numerals import numeral_pattern, takes_numerals


def record_schema(schema: Schema, *, ignores: bool = True) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one customer record; ``ignores`` lists what may stand in it for nothing."""
    identifiers = {name: _identifier(name) for name in identifier_names(schema)}
    ignored = {name: _ignored(reason) for name, reason in left_out(schema).items()} if ignores else {}
    return {
        "title": "Customer record",
        "type": "object",
        "properties": {**identifiers, **{field.name: field_schema(field) for field in schema.fields}, **ignored},
        "required": [field.name for field in schema.fields if not field.nullable],
        "additionalProperties": False,
        "examples": [example_record(schema)],
    }


def _identifier(name: str) -> dict[str, Any]:
    same = "" if name == CUSTOMER_ID else f" The same as {CUSTOMER_ID}, under its name in the training data."
    return {
        "type": ["string", "integer"],
        "maxLength": TEXT_LIMIT_CHARACTERS,
        "minimum": -WORD_LIMIT,
        "maximum": WORD_LIMIT - 1,
        "description": f"Comes back as {CUSTOMER_ID}; not used by the model.{same}",
    }


def _ignored(reason: str) -> dict[str, Any]:
    return {"description": f"Accepted and ignored: {reason}.", "x-ignored": True}


def field_schema(field: Field) -> dict[str, Any]:
    """Return the JSON Schema of one field's values."""
    kind = kind_of(field)
    types = [kind.json_type(), *(["string"] if takes_numerals(kind) else []), *(["null"] if field.nullable else [])]
    made: dict[str, Any] = {"type": types if len(types) > 1 else types[0], "description": _description(field)}
    made.update(kind.json_limits())
    if takes_numerals(kind) and field.decimal is None:  # what people write has too many forms to say it so
        made["pattern"] = numeral_pattern(field)
    extras = {"x-levels": list(field.levels), "x-unit": field.unit, "x-training-range": field.training_range}
    made.update({key: value for key, value in extras.items() if value})
    if (example := kind.example()) is not None:
        made["examples"] = [example]
    return made


def _description(field: Field) -> str:
    parts = [field.description, field.expected(), f"in {field.unit}" if field.unit else "", training_range(field)]
    return "; ".join(part.rstrip(".") for part in parts if part)


def training_range(field: Field) -> str:
    """Say what training saw of a quantity, in its unit; "" where that is not known."""
    if field.training_range is None:
        return ""
    low, high = field.training_range
    kind = kind_of(field)
    counted_in = kind.counted_in if isinstance(kind, Quantity) else ""
    return f"training saw {low:.10g} to {high:.10g}{f' {counted_in}' if counted_in else ''}"


def example_record(schema: Schema, customer_id: str = "A-1001") -> dict[str, Any]:
    """Return a record that can be sent as it is."""
    examples = {field.name: kind_of(field, schema.as_of).example() for field in schema.fields}
    return {CUSTOMER_ID: customer_id, **examples}
