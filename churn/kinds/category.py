"""Categories: one of a set of levels, which are all text, all whole numbers, or true and false."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from churn.arrays import MISSING, UNSEEN
from churn.errors import SchemaError
from churn.kinds.kind import Kind
from churn.kinds.settings import Level

_LISTED_LEVELS = 12


class LevelCodes(dict[Any, int]):
    """Level -> code; a text that is no level is tried without the blanks around it, then is UNSEEN."""

    def __missing__(self, value: Any) -> int:
        return self.get(value.strip(), UNSEEN) if isinstance(value, str) else UNSEEN


class Category(Kind):
    """A kind whose values become the position of their level in the schema's list."""

    is_category = True

    def codes(self) -> Mapping[Any, int]:
        """Return the code of each level, and of what stands for a missing one."""
        field = self.field
        missing: list[Any] = [None]
        if field.nullable:
            missing += ["", *field.missing_markers, *field.sentinels]
        return LevelCodes(
            {**dict.fromkeys(missing, MISSING), **{level: code for code, level in enumerate(field.levels)}}
        )

    @abstractmethod
    def from_cell(self, cell: Any) -> Level | None:
        """Return the value that a cell of a table holds, a text or of a form that the kind takes; None for none."""

    def check_settings(self) -> None:
        """Refuse levels that are none, of several types, or listed twice."""
        field = self.field
        if not field.levels:
            raise SchemaError(f"Field {field.name!r} is a category without levels; list them under 'levels'.")
        types = {type(level) for level in field.levels}
        if len(types) > 1 or not types <= {str, int, bool}:
            raise SchemaError(
                f"Field {field.name!r}: its levels are of the types {sorted(t.__name__ for t in types)}; "
                "they have to be all text, all whole numbers, or all true/false (quote those that are text)."
            )
        if len(set(field.levels)) != len(field.levels):
            raise SchemaError(f"Field {field.name!r}: a level stands in its list twice.")

    def extreme(self, sign: int) -> Level:  # noqa: ARG002  levels have no order
        """Return a level that training never saw."""
        return self.unheard_of()

    @abstractmethod
    def unheard_of(self) -> Level:
        """Return a level that training never saw, as far as there is one."""

    def made_example(self) -> Level | None:
        """Return the first level."""
        return self.field.levels[0] if self.field.levels else None

    def _listed(self) -> str:
        levels = self.field.levels
        listed = ", ".join(json.dumps(level, ensure_ascii=False) for level in levels[:_LISTED_LEVELS])
        return f"such as {listed}{f', … ({len(levels)} levels)' if len(levels) > _LISTED_LEVELS else ''}"
