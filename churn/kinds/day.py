"""Dates (the kind ``date``): days of the calendar, counted back from the schema's ``as_of`` day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from churn.arrays import Floats
from churn.kinds.forms import Form
from churn.kinds.settings import FieldSettings
from churn.kinds.text_quantity import TextQuantity

ISO_DATE = "%Y-%m-%d"
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def parse_day(text: str, date_format: str | None) -> date:
    """Read a day as the schema writes days (ISO 8601 when the schema does not say otherwise).

    Raises:
        ValueError: the text is no such day.
    """
    if date_format is None or date_format == ISO_DATE:
        return date.fromisoformat(text[:10] if text[10:11] in {"T", " "} else text)
    return datetime.strptime(text, date_format).date()  # noqa: DTZ007  a day has no time zone


class Day(TextQuantity):
    """A date, as the number of days that it is before ``as_of``."""

    takes = frozenset({Form.TEXTS, Form.DAYS})
    needs_as_of = True
    counted_in = "days before as_of"

    def __init__(self, field: FieldSettings, as_of: date | None = None) -> None:
        super().__init__(field, as_of)
        self._today = 0 if as_of is None else as_of.toordinal()

    def noun(self) -> str:
        """Say how a date is written."""
        return f"a date as text, {'YYYY-MM-DD' if self._is_iso else f'in the form {self.field.date_format}'}"

    @property
    def _is_iso(self) -> bool:
        return self.field.date_format in {None, ISO_DATE}

    def parse(self, text: str) -> float:
        """Return the days from the date to ``as_of``."""
        return float(self._today - parse_day(text, self.field.date_format).toordinal())

    def written(self, number: float) -> str:
        """Return the date so many days before ``as_of``."""
        day = date.fromordinal(self._today) - timedelta(days=number)
        return day.strftime(self.field.date_format or ISO_DATE)

    def from_native(self, form: Form, values: Floats) -> Floats:  # noqa: ARG002  days are the only native form
        """Return the days before ``as_of`` of days since 1970."""
        return self._today - _EPOCH_ORDINAL - values

    def native_markers(self) -> list[float]:
        """Return the markers that are dates, such as 9999-12-31; a native date has no text."""
        found = []
        for marker in self.field.missing_markers:
            try:
                found.append(self.parse(marker.strip()))
            except ValueError:
                continue
        return found

    def json_limits(self) -> dict[str, Any]:
        """Return the form that JSON Schema knows, where every text has it."""
        iso = {"format": "date"} if self._is_iso and not self.field.missing_markers else {}
        return {**super().json_limits(), **iso}

    def made_example(self) -> str | None:
        """Return ``as_of`` itself."""
        if self.field.nullable or self.as_of is None:
            return None
        return self.as_of.strftime(self.field.date_format or ISO_DATE)
