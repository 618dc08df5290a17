"""The parts of a schema as plain data, out and in: what JSON and YAML hold, as a user may have edited it."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from typing import Any

from churn.errors import SchemaError
from churn.kinds import KINDS
from churn.kinds.spelling import DECIMALS
from churn.schema.field import Field
from churn.schema.finite import is_finite
from churn.schema.label import Label

_LISTS = {"levels", "missing_markers", "sentinels", "training_range"}
_TEXTS = {"name", "unit", "description", "date_format", "decimal"}
_NUMBERS = {"minimum", "maximum"}
_TRUTHS = {"nullable", "actionable"}


def from_field(field: Field) -> dict[str, Any]:
    """Return a field's settings; empty ones are left out."""
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(field).items()}
    return {key: value for key, value in plain.items() if not _is_empty(key, value)}


def _is_empty(key: str, value: object) -> bool:
    return value in (None, [], "") or (value is False and key != "example")  # False may be a typical value


def mapping(data: object, what: str, allowed: set[str] | None = None) -> dict[str, Any]:
    """Return the data, which has to be a mapping of known keys.

    Raises:
        SchemaError: it is something else, or has others.
    """
    if not isinstance(data, dict):
        raise SchemaError(f"{what} is {type(data).__name__}; it has to be a mapping of names to values.")
    unknown = sorted(str(key) for key in data if allowed is not None and key not in allowed)
    if unknown:
        raise SchemaError(f"{what} has unknown keys {unknown}; known are {sorted(allowed or ())}.")
    return data


def to_fields(listed: object) -> tuple[Field, ...]:
    """Read the list of fields.

    Raises:
        SchemaError: there is none, or a field has unknown settings or settings of a wrong type.
    """
    if not isinstance(listed, list) or not listed:
        raise SchemaError("The schema has no fields; list at least one under 'fields'.")
    return tuple(_to_field(item) for item in listed)


def _to_field(item: object) -> Field:
    data = mapping(item, "a field", {f.name for f in fields(Field)})
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise SchemaError(f"A field has the name {name!r}; it has to be the column's name, as text.")
    values = {key: _setting(name, key, value) for key, value in data.items() if value is not None}
    if not isinstance(kind := values.get("kind"), str) or kind not in KINDS:
        raise SchemaError(f"Field {name!r} has kind {data.get('kind')!r}; it has to be one of {list(KINDS)}.")
    return Field(**values)


def _setting(name: str, key: str, value: object) -> Any:
    if key in _LISTS:
        if not isinstance(value, list):
            raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be a list.")
        return tuple(value) if key != "missing_markers" else tuple(str(v) for v in value)
    if key in _TEXTS and not isinstance(value, str):
        raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be text.")
    if key == "decimal" and value not in DECIMALS:
        raise SchemaError(f"Field {name!r}: decimal is {value!r}; it has to be ',' or '.'.")
    if key in _NUMBERS and not is_finite(value):
        raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be a number, and a finite one.")
    if key in _TRUTHS and not isinstance(value, bool):
        raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be true or false.")
    return _example(name, value) if key == "example" else value


def _example(name: str, value: object) -> Any:
    """Return a typical value; YAML makes a date of what looks like one."""
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str | bool) and not is_finite(value):
        raise SchemaError(f"Field {name!r}: example is {value!r}; it has to be text, a finite number, true or false.")
    return value


def to_identifier(name: object) -> str | None:
    """Read the identifier's name.

    Raises:
        SchemaError: it is no text.
    """
    if name is not None and not isinstance(name, str):
        raise SchemaError(f"'identifier' is {name!r}; it has to be a column's name or null.")
    return name


def to_label(data: object) -> Label | None:
    """Read the label.

    Raises:
        SchemaError: it lacks a part.
    """
    if data is None:
        return None
    label = mapping(data, "'label'", {"name", "positive"})
    if not isinstance(label.get("name"), str) or not isinstance(label.get("positive"), str | int | bool):
        raise SchemaError("'label' needs a 'name' (a column) and a 'positive' (its value that means leaving).")
    return Label(**label)


def to_ignored(data: object) -> tuple[tuple[str, str], ...]:
    """Read the columns that are no features, each with the reason.

    Raises:
        SchemaError: that is no mapping.
    """
    return tuple((str(name), str(reason)) for name, reason in mapping(data or {}, "'ignored'").items())


def to_day(value: object) -> date | None:
    """Read the day to count dates back from.

    Raises:
        SchemaError: it is no day.
    """
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise SchemaError(f"'as_of' is {value!r}; it has to be a day, YYYY-MM-DD.") from None
