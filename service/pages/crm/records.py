"""A customer record with one type for each field, under its real name.

A category is no ``enum``: a level that training never saw is scored, with a warning, and an importer's drop-down or a
generated client would refuse to send it. Its levels stand in the description, and as ``x-levels``.
"""

from __future__ import annotations

import math
from typing import Any

from churn.identifier import CUSTOMER_ID
from churn.kinds import kind_of
from churn.kinds.wire import TEXT_LIMIT_CHARACTERS, WORD_LIMIT
from churn.schema import Field, Schema
from service.pages.crm.one_type import one_type
from service.record.describe import field_schema

_ANY_WHOLE = {"minimum": -WORD_LIMIT, "maximum": WORD_LIMIT - 1}
_LEVELS = 50
"""So many levels stand in a description; a person reads it beside a text box."""


def record(schema: Schema) -> dict[str, Any]:
    """Return the schema of one record."""
    made: dict[str, Any] = {
        "type": "object",
        "description": "A customer, as the model reads it.",
        "properties": {
            CUSTOMER_ID: _identifier(),
            **{field.name: _field(field) for field in schema.fields},
        },
    }
    required = [field.name for field in schema.fields if not field.nullable]
    return {**made, "required": required} if required else made  # neither version takes an empty list


def _identifier() -> dict[str, Any]:
    return {
        "type": "string",
        "maxLength": TEXT_LIMIT_CHARACTERS,
        "description": "Comes back with the answer. The model does not use it.",
        "x-ms-summary": "Customer ID",
        "x-ms-visibility": "important",
    }


def _field(field: Field) -> dict[str, Any]:
    described = field_schema(field)
    made = one_type(described, kind_of(field).json_type())
    if made["type"] != "string":
        made.update({key: _inward(made, key) for key in ("minimum", "maximum") if key in made})
    made = {key: value for key, value in made.items() if key == "type" or _ANY_WHOLE.get(key) != value}
    made.pop("pattern", None)
    return {**made, "description": _description(field, described["description"]), "x-ms-summary": field.name}


def _inward(made: dict[str, Any], key: str) -> float:
    """Return a bound; a whole number's is a whole number, for importers read it as one."""
    bound: float = made[key]
    if made["type"] != "integer":
        return bound
    return math.ceil(bound) if key == "minimum" else math.floor(bound)


def _description(field: Field, said: str) -> str:
    sentence = said[0].upper() + said[1:].rstrip(".") + "."
    if not field.levels or isinstance(field.levels[0], bool):  # of true and false there is no other one
        return sentence
    shown = ", ".join(map(str, field.levels[:_LEVELS]))
    more = f" and {len(field.levels) - _LEVELS} more" if len(field.levels) > _LEVELS else ""
    return f"{sentence} Training saw {shown}{more}; another one is scored too, with a warning."
