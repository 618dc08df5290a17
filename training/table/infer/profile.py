"""What a column holds: its distinct values and how often each stands, before anybody says what it means.

The rules look at distinct values, never at rows one by one, so that a million rows are quick.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from churn.columns import Mask

Family = Literal["text", "number", "bool", "date", "time", "other"]
Counts = npt.NDArray[np.int64]

MARKERS = frozenset({"?", "na", "n/a", "#n/a", "null", "nan", "<na>", "-", "--", "error", "#value!"})
"""Texts (in lower case) that mean "missing" wherever they stand."""
MARKERS_AMONG_NUMBERS = MARKERS | {"none", "unknown", "missing", "not available", "nil", "tbd", "inf", "-inf"}
"""Texts (in lower case) that mean "missing" among numbers and dates; among categories they are levels."""
_PLACEHOLDER = re.compile(r"([xX*#?._-])\1{2,}")

_MOSTLY = 0.8
"""A column is of a kind when this share of its cells is, missing ones and markers aside."""
_MOST_OWN_MARKERS = 5


@dataclass(frozen=True)
class Profile:
    """One column of n rows: ``values`` (k distinct, stripped, none missing), ``counts`` (k,) rows of each.

    ``cells`` is the whole column, stripped; ``missing`` counts its nulls, blanks and NaN. ``decimal`` is the mark
    before the decimals where the texts write numbers as people do. ``has_blanks`` says whether a cell holds blanks and
    nothing else: such a column was written as text, whatever else it holds.
    """

    name: str
    family: Family
    cells: Any
    values: Any
    counts: Counts
    missing: int
    decimal: str | None = None
    has_blanks: bool = False

    @property
    def rows(self) -> int:
        """All rows of the column."""
        return len(self.cells)

    @property
    def known(self) -> int:
        """The rows that hold something."""
        return self.rows - self.missing

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.values)

    def without(self, markers: Collection[str]) -> Profile:
        """Return the same column with these texts taken as missing."""
        if not markers:
            return self
        stays = ~mask(pc.is_in(self.values, value_set=pa.array(sorted(markers), self.values.type)))
        gone = int(self.counts[~stays].sum())
        kept = self.values.filter(pa.array(stays))
        return replace(self, values=kept, counts=self.counts[stays], missing=self.missing + gone)


@dataclass(frozen=True)
class Settled:
    """What the cells are that do not parse: ``markers`` (spellings that mean missing), ``wrong`` (a number of rows)."""

    markers: tuple[str, ...] = ()
    wrong: int = 0


def profile(name: str, column: pa.ChunkedArray) -> Profile:
    """Look at one column, whatever its type."""
    cells, family = _plain(column)
    if family == "other":
        return Profile(name, family, cells, pa.array([], pa.string()), np.zeros(0, np.int64), 0)
    counted = pc.value_counts(cells)
    values, counts = counted.field("values"), counted.field("counts").to_numpy(zero_copy_only=False).astype(np.int64)
    stays = _known(values, family)
    kept = values.filter(pa.array(stays))
    has_blanks = family == "text" and _has_blanks(column, cells)
    return Profile(name, family, cells, kept, counts[stays], int(counts[~stays].sum()), has_blanks=has_blanks)


def _has_blanks(column: pa.ChunkedArray, stripped: pa.ChunkedArray) -> bool:
    emptied = column.cast(stripped.type).filter(pc.equal(stripped, ""))
    return bool(pc.any(pc.not_equal(emptied, "")).as_py())


def _plain(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Family]:  # noqa: PLR0911  one line a type
    """Return the column in one of few types: stripped text, int64, float64, bool, date32, time64."""
    kind = column.type
    if pa.types.is_null(kind):  # a Parquet column in which nothing was ever written
        return column.cast(pa.large_string()), "text"
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.utf8_trim_whitespace(column.cast(pa.large_string())), "text"
    if pa.types.is_boolean(kind):
        return column, "bool"
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return column.cast(pa.int64()), "number"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False), "number"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.cast(pa.date32(), safe=False), "date"
    if pa.types.is_time(kind):
        return column.cast(pa.time64("ns")), "time"
    return column, "other"


def _known(values: pa.Array, family: Family) -> Mask:
    known = mask(pc.is_valid(values))
    if family == "text":
        return known & ~mask(pc.equal(values, ""))
    if pa.types.is_floating(values.type):
        return known & ~mask(pc.is_nan(values))
    return known


def mask(values: Any) -> Mask:
    """Return an Arrow boolean array as NumPy's, null as false."""
    found: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return found


def is_marker(text: str, known: Collection[str] = MARKERS) -> bool:
    """Say whether a text stands for a missing value: one of ``known`` or a placeholder such as ``xxxxxxxx``."""
    return text.lower() in known or _PLACEHOLDER.fullmatch(text) is not None


def category_markers(column: Profile, most: int = 50_000) -> tuple[str, ...]:
    """Return the texts that mean "missing" among categories, as they are spelled."""
    short = column.values.filter(pc.less_equal(pc.utf8_length(column.values), 40))
    lower = pc.utf8_lower(short)
    suspects = pc.or_(
        pc.is_in(lower, value_set=pa.array(sorted(MARKERS), lower.type)),
        pc.match_substring_regex(short, r"^(x{3,}|X{3,}|\*{3,}|#{3,}|\?{3,}|\.{3,}|_{3,}|-{3,})$"),
    )
    return tuple(sorted(text for text in short.filter(suspects).to_pylist()[:most] if is_marker(text)))


def settle(column: Profile, parsed: Mask) -> Settled | None:
    """Say what the cells are that do not parse, or None when the column is not of this kind at all.

    Known markers are missing. So is a text without a digit that stands more than once, where there are few
    such texts; what stands once is a wrong cell.
    """
    rest, counts = column.values.filter(pa.array(~parsed)), column.counts[~parsed]
    of_kind = int(column.counts[parsed].sum())
    if of_kind == 0 or len(rest) > max(column.distinct // 2, 1_000):
        return None
    others = [(t, n) for t, n in zip(rest.to_pylist(), counts.tolist(), strict=True) if not _among_numbers(t)]
    if of_kind < _MOSTLY * (of_kind + sum(n for _, n in others)):
        return None
    repeated = [text for text, n in others if n > 1]
    if len(repeated) > _MOST_OWN_MARKERS or any(c.isdigit() for text in repeated for c in text):
        return None
    own = set(repeated) | {text for text in rest.to_pylist() if _among_numbers(text)}
    return Settled(tuple(sorted(own)), sum(n for _, n in others if n == 1))


def _among_numbers(text: str) -> bool:
    return is_marker(text, MARKERS_AMONG_NUMBERS)


def quoted(texts: Collection[str], most: int = 4) -> str:
    """Show texts in a sentence: ``"Error" and "?"``."""
    shown = [f'"{text}"' for text in list(texts)[:most]]
    more = [f"{len(texts) - most} more"] if len(texts) > most else []
    parts = shown + more
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
