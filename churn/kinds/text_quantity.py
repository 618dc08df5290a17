"""Quantities that are written as text which is no plain number, such as a date."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

from churn.kinds.forms import Form
from churn.kinds.kind import Kind
from churn.kinds.quantity import Quantity
from churn.kinds.wire import Check, check_text


class TextQuantity(Quantity):
    """A quantity whose values are texts; what ``parse`` makes of one is its number."""

    wire = str
    takes = frozenset({Form.TEXTS})

    @abstractmethod
    def parse(self, text: str) -> float:
        """Return the number that a text without blanks around it stands for.

        Raises:
            ValueError: the text is no such value.
        """

    @abstractmethod
    def written(self, number: float) -> str:
        """Return the text that stands for a number, the other way round of ``parse``."""

    def extreme(self, sign: int) -> str:
        """Return an end of what training saw: for a text it is not known how far out may be written."""
        low, high = self.field.training_range or (0.0, 0.0)
        return self.written(low if sign < 0 else high)

    def number(self, value: str) -> float:
        """Return the number of one text; NaN for what stands for a missing value.

        Raises:
            ValueError: the text is no such value.
        """
        field = self.field
        text = value.strip()
        if field.nullable and (not text or text in field.missing_markers):
            return math.nan
        number = self.parse(text)
        if not math.isfinite(number):  # NaN stands for a missing value, and for nothing else
            raise ValueError(value)
        return number

    def within(self, value: str) -> float:
        """Do as ``number``, and hold the bounds.

        Raises:
            ValueError: the text is no such value, or its number is outside the bounds.
        """
        number = self.number(value)
        low, high = self.bounds
        if number < low or number > high:
            raise ValueError(value)
        return number

    def check(self) -> Check:
        """Return the check of one value: short enough text that ``within`` takes."""

        def check_by_reading(value: Any) -> str | None:
            note = check_text(value)
            if note is not None:
                return note
            try:
                self.within(value)
            except ValueError:
                return ""
            return None

        return check_by_reading

    def json_limits(self) -> dict[str, Any]:
        """Return the longest text; the bounds are those of the number, which JSON Schema does not see."""
        return Kind.json_limits(self)
