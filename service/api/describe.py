"""A field of the schema as JSON Schema: for /schema, OpenAPI and the page at /docs alike."""

from __future__ import annotations

from typing import Any

from churn.schema import CUSTOMER_ID, ISO_DATE, TEXT_LIMIT_CHARACTERS, Field, Schema
from service.api.models import identifier_names

_TYPES = {"number": "number", "integer": "integer", "date": "string", "time": "string"}
_LEVEL_TYPES = {str: "string", int: "integer", bool: "boolean"}


def record_schema(schema: Schema) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one customer record."""
    identifiers = {name: _identifier(name) for name in identifier_names(schema)}
    return {
        "title": "Customer record",
        "type": "object",
        "properties": {**identifiers, **{field.name: field_schema(field) for field in schema.fields}},
        "required": [field.name for field in schema.fields if not field.nullable],
        "additionalProperties": False,
        "examples": [example_record(schema)],
    }


def _identifier(name: str) -> dict[str, Any]:
    same = "" if name == CUSTOMER_ID else f" The same as {CUSTOMER_ID}, under its name in the training data."
    return {
        "type": ["string", "integer"],
        "maxLength": TEXT_LIMIT_CHARACTERS,
        "description": f"Comes back as {CUSTOMER_ID}; not used by the model.{same}",
    }


def field_schema(field: Field) -> dict[str, Any]:
    """Return the JSON Schema of one field's values."""
    kind = _LEVEL_TYPES[field.level_type] if field.is_category else _TYPES[field.kind]
    made: dict[str, Any] = {"type": [kind, "null"] if field.nullable else kind, "description": _description(field)}
    if kind == "string":
        made["maxLength"] = TEXT_LIMIT_CHARACTERS
    if field.kind == "date" and field.date_format in {None, ISO_DATE} and not field.missing_markers:
        made["format"] = "date"
    if field.kind in {"number", "integer"} and not field.sentinels:
        made.update({key: v for key in ("minimum", "maximum") if (v := getattr(field, key)) is not None})
    extras = {"x-levels": list(field.levels), "x-unit": field.unit, "x-training-range": field.training_range}
    made.update({key: value for key, value in extras.items() if value})
    if (example := example_of(field)) is not None:
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
    unit = {"date": " days before as_of", "time": " hours"}.get(field.kind, "")
    return f"training saw {low:.10g} to {high:.10g}{unit}"


def example_of(field: Field) -> Any:
    """Return an example value: the schema's, else one that is made from what the schema says."""
    if field.example is not None:
        whole = field.kind == "integer" or (field.is_category and field.level_type is int)
        return int(field.example) if whole and isinstance(field.example, float) else field.example
    if field.levels:
        return field.levels[0]
    if field.nullable or field.kind == "date":
        return None
    if field.kind == "time":
        return "12:00"
    low, high = field.training_range or (field.minimum or 0.0, field.minimum or 0.0)
    middle = (low + high) / 2
    return int(middle) if field.kind == "integer" else middle


def example_record(schema: Schema, customer_id: str = "A-1001") -> dict[str, Any]:
    """Return a record that can be sent as it is."""
    as_of = schema.as_of.strftime(ISO_DATE) if schema.as_of else None
    made: dict[str, Any] = {CUSTOMER_ID: customer_id}
    for field in schema.fields:
        value = example_of(field)
        if value is None and field.kind == "date" and not field.nullable and schema.as_of:
            value = as_of if field.date_format is None else schema.as_of.strftime(field.date_format)
        made[field.name] = value
    return made
