"""The customer schema: one description of a record, of which everything else is a projection.

The request model, OpenAPI, the CSV and Parquet readers, the columns that the model sees and the docs
are all made from a ``Schema``. It is inferred once, in training, and travels in the bundle; it is never
inferred while serving.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal, get_args

from churn.errors import SchemaError

Kind = Literal["number", "integer", "category", "date", "time"]
Level = str | int | bool
KINDS: tuple[str, ...] = get_args(Kind)
CUSTOMER_ID = "customer_id"
"""The name under which a record's identifier is always accepted, and under which it comes back."""

ISO_DATE = "%Y-%m-%d"
TEXT_LIMIT_CHARACTERS = 1_000
"""The longest text a field or an identifier may carry."""


@dataclass(frozen=True, slots=True)
class Field:
    """One feature of a customer.

    ``minimum`` and ``maximum`` are promises: a value outside is refused. ``training_range`` is what the
    training part held: a value outside is answered with a warning. Dates are held as days before the
    schema's ``as_of`` day (``training_range`` too), clock times as hours since midnight.
    """

    name: str
    kind: Kind
    nullable: bool = False
    levels: tuple[Level, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    training_range: tuple[float, float] | None = None
    missing_markers: tuple[str, ...] = ()
    sentinels: tuple[float, ...] = ()
    unit: str | None = None
    description: str = ""
    example: str | float | bool | None = None
    date_format: str | None = None

    @property
    def is_category(self) -> bool:
        """Whether the field is one of a set of levels rather than a quantity."""
        return self.kind == "category"

    @property
    def level_type(self) -> type[str | int | bool]:
        """The one type of all levels of a category: ``str``, ``int`` or ``bool``."""
        return type(self.levels[0]) if self.levels else str

    def expected(self) -> str:
        """Say what a value of this field has to be, for an error message and for the docs."""
        return f"{self._what()}{self._bounds()}{' or null' if self.nullable else ''}"

    def _what(self) -> str:
        if self.kind == "category":
            noun = {str: "text", int: "a whole-number code", bool: "true or false"}[self.level_type]
            listed = ", ".join(json.dumps(level, ensure_ascii=False) for level in self.levels[:12])
            more = f", … ({len(self.levels)} levels)" if len(self.levels) > 12 else ""
            return noun if self.level_type is bool else f"{noun} such as {listed}{more}"
        if self.kind == "date":
            return (
                "a date as text, YYYY-MM-DD"
                if self.date_format in {None, ISO_DATE}
                else (f"a date as text, in the form {self.date_format}")
            )
        return {"number": "a number", "integer": "a whole number", "time": "a clock time as text, HH:MM or HH:MM:SS"}[
            self.kind
        ]

    def _bounds(self) -> str:
        low = "" if self.minimum is None else f"at least {self.minimum:g}"
        high = "" if self.maximum is None else f"at most {self.maximum:g}"
        both = " and ".join(part for part in (low, high) if part)
        return f" ({both})" if both else ""


@dataclass(frozen=True, slots=True)
class Label:
    """The column that says who left, and the value that means leaving."""

    name: str
    positive: Level


@dataclass(frozen=True)
class Schema:
    """All that is known about a customer record.

    ``ignored`` names the columns of the training table that are no features, each with the reason.
    ``as_of`` is the day to which dates are turned into durations.

    Raises:
        SchemaError: on construction, where the parts contradict each other.
    """

    fields: tuple[Field, ...]
    identifier: str | None = None
    label: Label | None = None
    ignored: tuple[tuple[str, str], ...] = ()
    as_of: date | None = None

    def __post_init__(self) -> None:
        """Refuse a schema that contradicts itself."""
        _check(self)

    @cached_property
    def numbers(self) -> tuple[Field, ...]:
        """The fields that are quantities, dates and clock times included, in schema order."""
        return tuple(field for field in self.fields if not field.is_category)

    @cached_property
    def categories(self) -> tuple[Field, ...]:
        """The fields that are one of a set of levels, in schema order."""
        return tuple(field for field in self.fields if field.is_category)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Field by name."""
        return {field.name: field for field in self.fields}

    def with_as_of(self, day: date) -> Schema:
        """Return this schema with another day to count dates back from."""
        return replace(self, as_of=day)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return plain data (what ``schema.json`` and the YAML file hold); empty settings are left out."""
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "identifier": self.identifier,
            "label": asdict(self.label) if self.label else None,
            "fields": [_field_to_json(field) for field in self.fields],
            "ignored": dict(self.ignored),
        }

    @classmethod
    def from_json(cls, data: object) -> Schema:
        """Read what ``to_json`` gives, as edited by a user.

        Raises:
            SchemaError: a key is unknown, a value has the wrong type, or the parts contradict each other.
        """
        top = _mapping(data, "the schema", {"as_of", "identifier", "label", "fields", "ignored"})
        listed = top.get("fields")
        if not isinstance(listed, list) or not listed:
            raise SchemaError("The schema has no fields; list at least one under 'fields'.")
        identifier = top.get("identifier")
        if identifier is not None and not isinstance(identifier, str):
            raise SchemaError(f"'identifier' is {identifier!r}; it has to be a column's name or null.")
        return cls(
            fields=tuple(_field_from_json(item) for item in listed),
            identifier=identifier,
            label=_label_from_json(top.get("label")),
            ignored=tuple((str(k), str(v)) for k, v in _mapping(top.get("ignored") or {}, "'ignored'").items()),
            as_of=_date_from_json(top.get("as_of")),
        )


def _field_to_json(field: Field) -> dict[str, Any]:
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(field).items()}
    return {key: value for key, value in plain.items() if not _is_empty(key, value)}


def _is_empty(key: str, value: object) -> bool:
    return value in (None, [], "") or (value is False and key != "example")  # False may be a typical value


def _mapping(data: object, what: str, allowed: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise SchemaError(f"{what} is {type(data).__name__}; it has to be a mapping of names to values.")
    unknown = sorted(str(key) for key in data if allowed is not None and key not in allowed)
    if unknown:
        raise SchemaError(f"{what} has unknown keys {unknown}; known are {sorted(allowed or ())}.")
    return data


_LISTS = {"levels", "missing_markers", "sentinels", "training_range"}
_TEXTS = {"name", "unit", "description", "date_format"}
_NUMBERS = {"minimum", "maximum"}


def _field_from_json(item: object) -> Field:
    data = _mapping(item, "a field", {f.name for f in fields(Field)})
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise SchemaError(f"A field has the name {name!r}; it has to be the column's name, as text.")
    values = {key: _field_value(name, key, value) for key, value in data.items() if value is not None}
    if values.get("kind") not in KINDS:
        raise SchemaError(f"Field {name!r} has kind {data.get('kind')!r}; it has to be one of {list(KINDS)}.")
    return Field(**values)


def _field_value(name: str, key: str, value: object) -> Any:
    if key in _LISTS:
        if not isinstance(value, list):
            raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be a list.")
        return tuple(value) if key != "missing_markers" else tuple(str(v) for v in value)
    if key in _TEXTS and not isinstance(value, str):
        raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be text.")
    if key in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SchemaError(f"Field {name!r}: {key} is {value!r}; it has to be a number.")
    if key == "nullable" and not isinstance(value, bool):
        raise SchemaError(f"Field {name!r}: nullable is {value!r}; it has to be true or false.")
    return value.isoformat() if key == "example" and isinstance(value, date) else value


def _label_from_json(data: object) -> Label | None:
    if data is None:
        return None
    label = _mapping(data, "'label'", {"name", "positive"})
    if not isinstance(label.get("name"), str) or not isinstance(label.get("positive"), str | int | bool):
        raise SchemaError("'label' needs a 'name' (a column) and a 'positive' (its value that means leaving).")
    return Label(**label)


def _date_from_json(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise SchemaError(f"'as_of' is {value!r}; it has to be a day, YYYY-MM-DD.") from None


def _check(schema: Schema) -> None:
    names = [field.name for field in schema.fields]
    if not names:
        raise SchemaError("The schema has no fields; a model needs at least one.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SchemaError(f"The fields {twice} stand in the schema more than once; each name may stand once.")
    taken = {CUSTOMER_ID, schema.identifier, schema.label.name if schema.label else None} - {None}
    clash = sorted(taken & set(names), key=str)
    if clash:
        raise SchemaError(f"{clash} cannot be features: that is the name of the identifier or of the label.")
    for field in schema.fields:
        _check_field(field)
    if schema.as_of is None and any(field.kind == "date" for field in schema.fields):
        raise SchemaError("The schema has date fields but no 'as_of' day; give one, YYYY-MM-DD.")


def _check_field(field: Field) -> None:
    if field.is_category:
        _check_levels(field)
    elif field.levels:
        raise SchemaError(f"Field {field.name!r} is of kind {field.kind} and has levels; only categories have them.")
    if field.training_range is not None and not _is_range(field.training_range):
        raise SchemaError(f"Field {field.name!r}: training_range is {field.training_range}; it is [lowest, highest].")
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in field.sentinels):
        raise SchemaError(f"Field {field.name!r}: sentinels are {field.sentinels}; each has to be a number.")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        raise SchemaError(f"Field {field.name!r}: minimum {field.minimum} is above maximum {field.maximum}.")


def _check_levels(field: Field) -> None:
    if not field.levels:
        raise SchemaError(f"Field {field.name!r} is a category without levels; list them under 'levels'.")
    types = {type(level) for level in field.levels}
    if len(types) > 1 or not types <= {str, int, bool}:
        raise SchemaError(
            f"Field {field.name!r}: its levels are of the types {sorted(t.__name__ for t in types)}; "
            "they have to be all text, all whole numbers, or all true/false (quote those that are text)."
        )
    if len(set(field.levels)) != len(field.levels):
        raise SchemaError(f"Field {field.name!r}: a level stands in its list twice.")


def _is_range(pair: tuple[object, ...]) -> bool:
    if len(pair) != 2 or any(isinstance(v, bool) or not isinstance(v, int | float) for v in pair):
        return False
    low, high = pair
    return bool(math.isfinite(low) and math.isfinite(high) and low <= high)  # type: ignore[arg-type, operator]
