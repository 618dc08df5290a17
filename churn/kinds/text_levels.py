"""Categories whose levels are texts."""

from __future__ import annotations

from typing import Any

from churn.kinds.category import Category
from churn.kinds.forms import Form


class TextLevels(Category):
    """One of some texts; a whole number in a table is taken for its text."""

    wire = str
    takes = frozenset({Form.TEXTS, Form.WHOLES})

    def noun(self) -> str:
        """Say which texts there are."""
        return f"text {self._listed()}"

    def unheard_of(self) -> str:
        """Return a text that is nobody's level."""
        return "\u2205 never seen"

    def from_cell(self, cell: Any) -> str:
        """Return the text."""
        return str(cell)
