"""The schema of a training that starts from an older bundle."""

from __future__ import annotations

from dataclasses import replace

from churn.kinds import kind_of
from churn.schema import Field, Schema


def inherited_schema(older: Schema, inferred: Schema) -> Schema:
    """Return the older schema with what the newer table adds: levels, the label's values, the day to count from."""
    fields = tuple(_grown(field, inferred.by_name.get(field.name)) for field in older.fields)
    new = [name for name in inferred.by_name if name not in older.by_name]
    ignored = dict(inferred.ignored) | dict.fromkeys(new, "not in the bundle that this training starts from")
    ignored = {name: reason for name, reason in ignored.items() if name not in older.by_name}
    return replace(inferred, fields=fields, ignored=tuple(ignored.items()))


def _grown(field: Field, newer: Field | None) -> Field:
    if (
        newer is None
        or not field.is_category
        or not newer.is_category
        or type(kind_of(field)) is not type(kind_of(newer))
    ):
        return field
    added = tuple(level for level in newer.levels if level not in field.levels)
    return replace(field, levels=(*field.levels, *added), nullable=field.nullable or newer.nullable)
