"""What the kinds of fields mean. A new kind is one new file here, and its name in ``KINDS``.

A kind says what a value has to be, in words and as a check; how a value becomes the number or the code that the
model sees; and, neutrally, what the doors to it need: which type carries it in JSON and within which limits, what
JSON Schema says of it, from which forms of a table's column it is read. pydantic and PyArrow stay with the doors.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from churn.errors import SchemaError
from churn.kinds.category import Category
from churn.kinds.clock import Time
from churn.kinds.day import Day
from churn.kinds.integer import Integer
from churn.kinds.kind import Kind
from churn.kinds.number import Number
from churn.kinds.quantity import Quantity
from churn.kinds.settings import FieldSettings, Level
from churn.kinds.text_levels import TextLevels
from churn.kinds.text_quantity import TextQuantity
from churn.kinds.truth_levels import TruthLevels
from churn.kinds.whole_levels import WholeLevels

__all__ = [
    "KINDS",
    "Category",
    "FieldSettings",
    "Kind",
    "Level",
    "Quantity",
    "TextQuantity",
    "category_of",
    "kind_of",
    "quantity_of",
]


def _category(field: FieldSettings, as_of: date | None) -> Category:
    made: dict[type, type[Category]] = {str: TextLevels, int: WholeLevels, bool: TruthLevels}
    return made.get(field.level_type, TextLevels)(field, as_of)  # levels of another type are refused by the schema


KINDS: dict[str, Callable[[FieldSettings, date | None], Kind]] = {
    "number": Number,
    "integer": Integer,
    "category": _category,
    "date": Day,
    "time": Time,
}
"""The name of each kind in a schema, and what makes it for one field."""


def kind_of(field: FieldSettings, as_of: date | None = None) -> Kind:
    """Return what the field's kind means for it; ``as_of`` is the day that its schema counts dates back from.

    Raises:
        SchemaError: there is no such kind.
    """
    make = KINDS.get(field.kind)
    if make is None:
        raise SchemaError(f"Field {field.name!r} has kind {field.kind!r}; it has to be one of {list(KINDS)}.")
    return make(field, as_of)


def quantity_of(field: FieldSettings, as_of: date | None) -> Quantity:
    """Return the kind of one of a schema's ``numbers``."""
    kind = kind_of(field, as_of)
    if not isinstance(kind, Quantity):
        raise TypeError(f"Field {field.name!r} is of kind {field.kind}, which is no quantity.")
    return kind


def category_of(field: FieldSettings) -> Category:
    """Return the kind of one of a schema's ``categories``."""
    kind = kind_of(field)
    if not isinstance(kind, Category):
        raise TypeError(f"Field {field.name!r} is of kind {field.kind}, which is no category.")
    return kind
