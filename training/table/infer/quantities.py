"""Numbers: how they are written, which of them mean "missing", and whole numbers that are really codes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from churn.columns import Mask
from churn.kinds.spelling import read_number
from training.table.infer.profile import Counts, Profile, mask, settle

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_CODE = r"^[+-]?(0\d+|\d{16,})$"
_POINT = r"[.eE]"
_COMMA_NUMBER = r"^\W{0,3}[+-]?\d+([.,' ]\d{3})*([.,]\d+)?\W{0,3}$"

_ENDS = ("9223372036854775807", "-9223372036854775808")
"""The ends of 64 bits: no code and no quantity, but what a program leaves where it had nothing to write."""

_SENTINEL_ROWS = 3
_MOST_CODES = 50
_CODE_ROWS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """The numbers of a column: ``values`` (k distinct, ascending) and ``counts`` (k,) rows of each.

    ``pointed`` says that a decimal point is written somewhere (or that the column's type has one).
    ``markers`` and ``sentinels`` are missing ones, no longer in ``values``; ``wrong`` rows are neither. ``unit`` is
    what is written with them, such as €.
    """

    values: Floats
    counts: Counts
    pointed: bool
    markers: tuple[str, ...] = ()
    sentinels: tuple[float, ...] = ()
    wrong: int = 0
    unit: str | None = None

    @property
    def whole(self) -> bool:
        """Whether every number is a whole one."""
        return bool((self.values == np.floor(self.values)).all())

    @property
    def known(self) -> int:
        """The rows that hold a number."""
        return int(self.counts.sum())

    @property
    def median(self) -> float:
        """The middle number, one that stands in the table."""
        return float(self.values[np.searchsorted(np.cumsum(self.counts), self.counts.sum() / 2)])


def quantity(column: Profile) -> Quantity | None:
    """Return the column's numbers, or None when it does not hold numbers."""
    found = _written(column) if column.family == "text" else _native(column)
    return _without_sentinels(found) if found else None


def _native(column: Profile) -> Quantity | None:
    if column.family != "number":
        return None
    values = column.values.to_numpy(zero_copy_only=False).astype(np.float64)
    finite = np.isfinite(values)
    wrong = int(column.counts[~finite].sum())
    return _quantity(
        values[finite], column.counts[finite], pointed=pa.types.is_floating(column.values.type), wrong=wrong
    )


def _written(column: Profile) -> Quantity | None:
    return _plain(column) if column.decimal is None else _spelled(column, column.decimal)


def _spelled(column: Profile, decimal: str) -> Quantity | None:
    """Read numbers as people write them; every different text is looked at once."""
    texts = column.values.to_pylist()
    read = [read_number(text, decimal) for text in texts]
    parsed = np.array([written is not None for written in read], dtype=np.bool_)
    settled = settle(column, parsed)
    if settled is None or _codes(column.values.filter(pa.array(parsed))).any():
        return None
    values = np.array([written.number for written in read if written])
    pointed = any(decimal in text for text, written in zip(texts, read, strict=True) if written)
    unit = next((written.unit for written in read if written and written.unit), None)
    found = _quantity(values, column.counts[parsed], pointed=pointed, markers=settled.markers, wrong=settled.wrong)
    return replace(found, unit=unit) if found else None


def _plain(column: Profile) -> Quantity | None:
    parsed = mask(pc.match_substring_regex(column.values, _NUMBER))
    settled = settle(column, parsed)
    texts = column.values.filter(pa.array(parsed))
    if settled is None or _codes(texts).any():
        return None
    values = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
    pointed = bool(mask(pc.match_substring_regex(texts, _POINT)).any())
    finite, counts = np.isfinite(values), column.counts[parsed]
    wrong = settled.wrong + int(counts[~finite].sum())
    return _quantity(values[finite], counts[finite], pointed=pointed, markers=settled.markers, wrong=wrong)


def _codes(texts: pa.Array) -> Mask:
    """Say which numbers are written as codes are: with leading zeros, or longer than a number is exact."""
    ends = pc.is_in(texts, value_set=pa.array(_ENDS, texts.type))
    return mask(pc.match_substring_regex(texts, _CODE)) & ~mask(ends)


def unread(column: Profile) -> str:
    """Return the first text that is no number as numbers are read."""
    read = mask(pc.match_substring_regex(column.values, _NUMBER)) & ~_codes(column.values)
    return str(column.values[int(read.argmin())])


def _quantity(
    values: Floats, counts: Counts, *, pointed: bool, markers: tuple[str, ...] = (), wrong: int = 0
) -> Quantity | None:
    """Sort, and join what is one number in two spellings (1 and 1.0)."""
    distinct, place = np.unique(values, return_inverse=True)
    summed = np.bincount(place, weights=counts, minlength=len(distinct)).astype(np.int64)
    return Quantity(distinct, summed, pointed, markers, (), wrong) if len(distinct) else None


def is_other_spelling(column: Profile) -> bool:
    """Say whether most texts are numbers in a spelling that is not read, such as ``1.234,50`` or ``$5``."""
    digits = mask(pc.match_substring_regex(column.values, r"^[+-]?\d+$"))
    spelled = mask(pc.match_substring_regex(column.values, _COMMA_NUMBER)) & ~digits
    return bool(column.counts[spelled].sum() > 0.8 * column.counts.sum()) if column.distinct else False


def _without_sentinels(found: Quantity) -> Quantity:
    """Take away, one after the other, the numbers at an end that mean "missing"."""
    values, counts, sentinels = found.values, found.counts, list(found.sentinels)
    while len(values) > 2:
        index = next((i for i in (0, len(values) - 1) if _is_sentinel(values, counts, i)), None)
        if index is None:
            break
        sentinels.append(float(values[index]))
        values, counts = np.delete(values, index), np.delete(counts, index)
    return replace(found, values=values, counts=counts, sentinels=tuple(sorted(sentinels)))


def _is_sentinel(values: Floats, counts: Counts, index: int) -> bool:
    """Judge one end: repeated, written as sentinels are, and far from the rest (or the only negative one)."""
    value, rest, rest_counts = values[index], np.delete(values, index), np.delete(counts, index)
    if abs(value) == -float(_ENDS[1]):
        return far(value, rest, rest_counts)
    if counts[index] < _SENTINEL_ROWS:
        return False
    if value == -1:
        often = counts[index] >= 0.01 * counts.sum()
        return bool(often and rest[0] >= 0 and len(rest) >= 10 and (rest == np.floor(rest)).all())
    nines = f"{abs(value):.10g}".replace(".", "")
    shortest = 2 if value < 0 else 3
    return set(nines) == {"9"} and len(nines) >= shortest and far(value, rest, rest_counts)


def far(value: float, rest: Floats, counts: Counts) -> bool:
    """Say whether a number lies further from the nearest other one than nearly all of those are spread.

    The spread is the range between the first and the last hundredth of the rows.
    """
    total = np.cumsum(counts)
    low, high = rest[np.searchsorted(total, (0.01 * total[-1], 0.99 * total[-1]))]
    return bool(np.abs(rest - value).min() > high - low)


def code_reason(found: Quantity, *, named_code: bool) -> str | None:
    """Say why whole numbers are a category's codes, or None when they count or measure something.

    Codes are: two numbers in all (a flag); few repeated numbers of one length of three digits or more, with
    gaps and no common step (408, 415, 510); few repeated numbers in a column whose name says code or id.
    """
    values = found.values.astype(np.int64)
    listed = ", ".join(map(str, values[:3].tolist())) + (", …" if len(values) > 3 else "")
    if len(values) <= 2:
        return f"only the whole numbers {listed.replace(', ', ' and ')}: a flag, not a quantity"
    if len(values) > _MOST_CODES or found.known < _CODE_ROWS * len(values):
        return None
    if named_code:
        return f"few whole numbers ({listed}), each in many rows, and the name says code"
    widths = {len(str(value)) for value in values.tolist()}
    gaps = values[-1] - values[0] + 1 > 2 * len(values)
    if values[0] >= 100 and len(widths) == 1 and gaps and math.gcd(*values.tolist()) < 5:
        return f"few whole numbers of one length with gaps between them ({listed}): codes, not a quantity"
    return None
