"""Kinds whose values become one number each."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar

from churn.arrays import Floats, Mask
from churn.errors import SchemaError
from churn.kinds.forms import Form
from churn.kinds.kind import Kind
from churn.kinds.wire import Check


class Quantity(Kind):
    """A kind of which a value is a number, as it is or (``TextQuantity``) when its text is read."""

    counted_in: ClassVar[str] = ""
    """What the numbers count, where the field's own unit does not say it."""

    def from_native(self, form: Form, values: Floats) -> Floats:  # noqa: ARG002  kinds of several forms need it
        """Return the numbers of a column in one of the native forms that the kind takes: (n,) -> (n,)."""
        return values

    def native_markers(self) -> list[float]:
        """Return the numbers of those missing-value markers that a native form can hold."""
        return []

    def outside(self, values: Floats) -> Mask:
        """Say which numbers are outside the field's bounds: (n,); False for NaN."""
        low, high = self.bounds
        outside: Mask = (values < low) | (values > high)
        return outside

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest number that are not refused."""
        low, high = self.field.minimum, self.field.maximum
        return -math.inf if low is None else low, math.inf if high is None else high

    def check(self) -> Check:
        """Return the check of one value: the type, then the bounds, which hold for all but sentinels."""
        check = super().check()
        low, high = self.bounds
        sentinels = self.field.sentinels
        if (low, high) == (-math.inf, math.inf):
            return check

        def check_with_bounds(value: Any) -> str | None:
            note = check(value)
            return note if note is not None or low <= value <= high or value in sentinels else ""

        return check_with_bounds

    def check_settings(self) -> None:
        """Refuse levels."""
        field = self.field
        if field.levels:
            raise SchemaError(
                f"Field {field.name!r} is of kind {field.kind} and has levels; only categories have them."
            )

    def json_limits(self) -> dict[str, Any]:
        """Return the bounds; JSON Schema cannot say that the field's own do not hold for sentinels."""
        field, widest = self.field, super().json_limits()
        if field.sentinels:
            return widest
        own = {key: bound for key in ("minimum", "maximum") if (bound := getattr(field, key)) is not None}
        return {**widest, **own}

    def to_json(self, number: float) -> Any:
        """Return a number of the model's as a client would send it; None for NaN."""
        return None if math.isnan(number) else self.written(number)

    def written(self, number: float) -> Any:
        """Return the value that stands for a number."""
        return int(number) if self.wire is int else number

    def extreme(self, sign: int) -> Any:
        """Return the bound, else a number that no customer has."""
        limit = self.field.minimum if sign < 0 else self.field.maximum
        if limit is not None:
            return self.written(limit)
        return sign * (2**53 if self.wire is int else 1e300)

    def made_example(self) -> Any:
        """Return the middle of what training saw."""
        field = self.field
        if field.nullable:
            return None
        low, high = field.training_range or (field.minimum or 0.0, field.minimum or 0.0)
        middle = (low + high) / 2
        return int(middle) if self.wire is int else middle
