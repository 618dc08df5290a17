"""Categories that are true or false."""

from __future__ import annotations

from typing import Any

from churn.kinds.category import Category
from churn.kinds.forms import Form


class TruthLevels(Category):
    """True or false."""

    wire = bool
    takes = frozenset({Form.TEXTS, Form.TRUTHS})

    def noun(self) -> str:
        """Say that there are two."""
        return "true or false"

    def unheard_of(self) -> bool:
        """Return a level: there is no third one."""
        return bool(self.field.levels[0])

    def from_cell(self, cell: Any) -> bool | None:
        """Return the truth that a cell holds, or that its text says in any case."""
        if isinstance(cell, str):
            return {"true": True, "false": False}.get(cell.strip().lower())
        return bool(cell)
