"""What the parts of a schema must not say against each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from churn.errors import SchemaError
from churn.identifier import CUSTOMER_ID
from churn.kinds import kind_of
from churn.schema.field import Field
from churn.schema.finite import is_finite
from churn.schema.label import Label


def check_names(names: Sequence[str], identifier: str | None, label: Label | None) -> None:
    """Check that each name stands for one thing.

    Raises:
        SchemaError: there is no feature, or a name stands for two things.
    """
    if not names:
        raise SchemaError("The schema has no fields; a model needs at least one.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SchemaError(f"The fields {twice} stand in the schema more than once; each name may stand once.")
    taken = {CUSTOMER_ID, identifier, label.name if label else None} - {None}
    clash = sorted(taken & set(names), key=str)
    if clash:
        raise SchemaError(f"{clash} cannot be features: that is the name of the identifier or of the label.")


def check_fields(fields: Sequence[Field], as_of: date | None) -> None:
    """Check the settings of each field.

    Raises:
        SchemaError: some contradict each other, or the field's kind.
    """
    for field in fields:
        kind_of(field).check_settings()
        _check_field(field)
    if as_of is None and any(kind_of(field).needs_as_of for field in fields):
        raise SchemaError("The schema has date fields but no 'as_of' day; give one, YYYY-MM-DD.")


def _check_field(field: Field) -> None:
    if field.training_range is not None and not _is_range(field.training_range):
        raise SchemaError(f"Field {field.name!r}: training_range is {field.training_range}; it is [lowest, highest].")
    if not all(map(is_finite, field.sentinels)):
        raise SchemaError(f"Field {field.name!r}: sentinels are {field.sentinels}; each has to be a number.")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        raise SchemaError(f"Field {field.name!r}: minimum {field.minimum} is above maximum {field.maximum}.")


def _is_range(pair: tuple[float, ...]) -> bool:
    return len(pair) == 2 and all(map(is_finite, pair)) and pair[0] <= pair[1]
