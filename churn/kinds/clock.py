"""Clock times (the kind ``time``): hours since midnight."""

from __future__ import annotations

from churn.kinds.forms import Form
from churn.kinds.text_quantity import TextQuantity


def parse_hours(text: str) -> float:
    """Read a clock time, HH:MM or HH:MM:SS with an optional fraction, as hours since midnight.

    Raises:
        ValueError: the text is no clock time between 00:00 and 23:59:59.
    """
    hour, minute, *rest = text.split(":")
    second = float(rest[0]) if rest else 0.0
    if len(rest) > 1 or not (0 <= int(hour) < 24 and 0 <= int(minute) < 60 and 0 <= second < 60):
        raise ValueError(text)
    return int(hour) + int(minute) / 60 + second / 3600


class Time(TextQuantity):
    """A clock time, as the number of hours since midnight."""

    takes = frozenset({Form.TEXTS, Form.HOURS})
    counted_in = "hours"

    def noun(self) -> str:
        """Say how a clock time is written."""
        return "a clock time as text, HH:MM or HH:MM:SS"

    def parse(self, text: str) -> float:
        """Return the hours since midnight."""
        return parse_hours(text)

    def written(self, number: float) -> str:
        """Return the clock time so many hours after midnight, to the second."""
        seconds = min(round(number * 3600), 86_399)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def made_example(self) -> str | None:
        """Return noon."""
        return None if self.field.nullable else "12:00"
