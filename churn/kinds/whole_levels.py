"""Categories whose levels are whole-number codes."""

from __future__ import annotations

from typing import Any

from churn.kinds.category import Category
from churn.kinds.forms import NUMERAL, Form
from churn.kinds.wire import WORD_LIMIT


class WholeLevels(Category):
    """One of some codes."""

    wire = int
    takes = frozenset({Form.TEXTS, Form.WHOLES, Form.FLOATS})

    def noun(self) -> str:
        """Say which codes there are."""
        return f"a whole-number code {self._listed()}"

    def unheard_of(self) -> int:
        """Return a code that is nobody's."""
        return -(2**31)

    def from_cell(self, cell: Any) -> int | None:
        """``1``, ``1.0`` and their texts -> 1; None for what is no whole number of 64 bits."""
        if isinstance(cell, str):
            cell = cell.strip()
            if not NUMERAL.fullmatch(cell):
                return None
            cell = int(cell) if len(cell) < 20 and cell.lstrip("+-").isdecimal() else float(cell)
        if not -WORD_LIMIT <= cell < WORD_LIMIT or cell != int(cell):  # False for NaN too
            return None
        return int(cell)
