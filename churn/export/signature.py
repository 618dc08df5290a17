"""The schema -> what MLflow calls a signature: the columns that go in and come out, each with its type.

MLflow refuses a column that is not just of the type that is named, and never turns whole numbers into floats or back.
But right numbers come as several types of pandas: an amount is int64 where no row has decimals, a whole number float64
where one is missing or a join passed by. So numbers, dates and times are of MLflow's type ``any``, and so is what may
be missing, of which pandas makes floats; the scoring path judges them, as it judges all.
"""

from __future__ import annotations

from typing import Any

from churn.kinds import kind_of
from churn.kinds.forms import NUMERAL
from churn.schema import Field, Schema

ANY = "any"


def input_columns(schema: Schema) -> list[dict[str, Any]]:
    """Return MLflow's description of each field, in the order of the schema; one that may be missing may be left out.

    The identifier is none of them: nothing is computed from it.
    """
    return [
        {"type": _column_type(field), "name": field.name, "required": not field.nullable} for field in schema.fields
    ]


def output_columns() -> list[dict[str, Any]]:
    """Return MLflow's description of each column of the answers."""
    types = {"churn_probability": "double", "churn": "boolean", "risk": "string"}
    return [{"type": kind, "name": name, "required": True} for name, kind in types.items()]


def example_row(schema: Schema) -> dict[str, Any]:
    """Return a typical customer as pandas' ``split`` form of a table of one row: ``columns`` and ``data``."""
    return {
        "columns": [field.name for field in schema.fields],
        "data": [[kind_of(field, schema.as_of).example() for field in schema.fields]],
    }


def _column_type(field: Field) -> str:
    if field.nullable or not field.is_category:
        return ANY
    wire = kind_of(field).wire
    if wire is bool:
        return "boolean"
    if wire is str and not all(NUMERAL.fullmatch(str(level)) for level in field.levels):
        return "string"
    return ANY  # codes, of which pandas makes whole numbers, or floats
