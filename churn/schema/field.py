"""One feature of a customer."""

from __future__ import annotations

from dataclasses import dataclass

from churn.kinds import FieldSettings, Level, kind_of

__all__ = ["Field", "Level"]


@dataclass(frozen=True, slots=True)
class Field(FieldSettings):
    """One feature of a customer.

    ``minimum`` and ``maximum`` are promises: a value outside is refused. ``training_range`` is what the
    training part held: a value outside is answered with a warning. Dates are held as days before the
    schema's ``as_of`` day (``training_range`` too), clock times as hours since midnight. ``actionable`` marks what a
    company can change for a customer. ``decimal`` is the mark before the decimals where a table's texts write a number
    as people do, such as 1.234,56 or $5; None for plain numerals, such as 1234.56.
    """

    @property
    def is_category(self) -> bool:
        """Whether the field is one of a set of levels rather than a quantity."""
        return kind_of(self).is_category

    def expected(self) -> str:
        """Say what a value of this field has to be, for an error message and for the docs."""
        return kind_of(self).expected()
