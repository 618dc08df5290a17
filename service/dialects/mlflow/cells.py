"""From the cells of a CSV to the values that JSON would hold, by the kind of each field.

A cell means what it means in a table: nothing, and what stands for it, is missing. What is no value of its field stays
the text that it is, to be refused with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from churn.kinds import Category, Kind, kind_of
from churn.schema import Schema
from service.record.numerals import number_in

Cell = Callable[[str], Any]
_REMEMBERED = 1_000


def cell_readers(schema: Schema, names: Sequence[str]) -> list[Cell]:
    """Return for each of k columns what reads its cells, (k,); what is no field stays text."""
    fields = schema.by_name
    return [_reader(kind_of(fields[name], schema.as_of)) if name in fields else _same for name in names]


def _same(cell: str) -> str:
    return cell


def _reader(kind: Kind) -> Cell:
    missing = frozenset({"", *kind.field.missing_markers})
    if isinstance(kind, Category):
        levels = kind.codes()

        @lru_cache(_REMEMBERED)  # a column has few different levels
        def read_level(cell: str) -> Any:
            value = kind.from_cell(cell)
            if value is not None and levels[value] >= 0:
                return value
            if cell.strip() in missing:
                return None
            return cell if value is None else value

        return read_level
    if kind.wire is str:
        return lambda cell: None if cell.strip() in missing else cell
    return lambda cell: None if cell.strip() in missing else number_in(cell, kind)
