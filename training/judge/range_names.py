"""What the ranges of a number are called: what is written is exactly what is counted.

Whole numbers, days and clock times of whole seconds are named by both ends, which belong to the range ("4 to 9"). The
ranges of all others meet in a short number that belongs to the upper one ("10 to under 20"), and only the last range
holds its upper end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from math import isfinite
from typing import Protocol

from churn.kinds.clock import parse_hours
from training.numerals import numeral

_DIGITS = 4
"""To so many significant digits the outermost ends are rounded, outwards."""
_MOST_EXACT_DIGITS = 7
"""A single value of more digits is shown as a range around it."""
_STEPS_S = ("3600", "60", "1", "0.1", "0.01", "0.001", "0.000001", "0.000000001")
_MIDNIGHT = "24"
_EXACT = Context(prec=1_100)
"""Enough digits to write every float exactly."""


@dataclass(frozen=True, slots=True)
class RangeName:
    """The ends of a range as they are written; ``under`` says that the last one is not in it itself."""

    first: str
    last: str
    under: bool = False

    @property
    def text(self) -> str:
        """The range in words."""
        if self.first == self.last:
            return self.first
        return f"{self.first} to {'under ' if self.under else ''}{self.last}"


class Scale(Protocol):
    """How the numbers of a field that is no whole one are written."""

    def exact(self, value: float) -> str | None:
        """Write a value as it is; None where that is too long to read."""

    def between(self, below: float, value: float) -> str:
        """Write the shortest number above ``below`` that is not above ``value``."""

    def down(self, value: float) -> str:
        """Write a short number that is not above ``value``."""

    def up(self, value: float) -> str:
        """Write a short number that is not below ``value``."""


def closed(lows: Sequence[float], highs: Sequence[float], write: Callable[[float], str]) -> list[RangeName]:
    """Name k ranges, ascending, by the lowest and the highest value that they hold, (k,) each."""
    return [RangeName(write(low), write(high)) for low, high in zip(lows, highs, strict=True)]


def closed_without_gap(lows: Sequence[float], highs: Sequence[float]) -> list[RangeName]:
    """Name k ranges of whole numbers, ascending: (k,), (k,) their ends; each range starts right after the last one.

    A range of one value keeps its only value for a name.
    """
    starts = [lows[0], *(float(_shortest(high, low)) for high, low in zip(highs[:-1], lows[1:], strict=True))]
    ends = [*(start - 1 for start in starts[1:]), highs[-1]]
    single = [low == high for low, high in zip(lows, highs, strict=True)]
    return closed(
        [low if one else start for low, start, one in zip(lows, starts, single, strict=True)],
        [high if one else end for high, end, one in zip(highs, ends, single, strict=True)],
        numeral,
    )


def half_open(lows: Sequence[float], highs: Sequence[float], scale: Scale) -> list[RangeName]:
    """Name k ranges of other numbers, ascending: (k,), (k,) their lowest and highest values."""
    inner = [scale.between(high, low) for high, low in zip(highs[:-1], lows[1:], strict=True)]
    ends = [scale.down(lows[0]), *inner, scale.up(highs[-1])]
    named = []
    for i, (first, last) in enumerate(pairwise(ends)):
        alone = scale.exact(lows[i]) if lows[i] == highs[i] else None
        named.append(RangeName(alone, alone) if alone else RangeName(first, last, under=i < len(lows) - 1))
    return named


class Decimals:
    """Numbers that are not whole."""

    def exact(self, value: float) -> str | None:
        """Write a value of few digits as it is."""
        shown = Decimal(repr(value)).normalize()
        return numeral(shown) if len(shown.as_tuple().digits) <= _MOST_EXACT_DIGITS else None

    def between(self, below: float, value: float) -> str:
        """Write the number with the fewest digits above ``below`` that is not above ``value``."""
        return numeral(_shortest(below, value))

    def down(self, value: float) -> str:
        """Round down to four significant digits."""
        return _outwards(value, ROUND_FLOOR)

    def up(self, value: float) -> str:
        """Round up to four significant digits."""
        return _outwards(value, ROUND_CEILING)


class Clock:
    """Clock times that are not all of whole seconds, as hours since midnight."""

    def exact(self, value: float) -> str | None:
        """Write a time of whole seconds as it is."""
        text = _time(value, "1", ROUND_HALF_EVEN)
        return text if text < _MIDNIGHT and parse_hours(text) == value else None

    def between(self, below: float, value: float) -> str:
        """Write the roundest time after ``below`` that is not after ``value``."""
        texts = [_time(value, step_s, rounding) for step_s in _STEPS_S for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR)]
        return next((text for text in texts if text < _MIDNIGHT and below < parse_hours(text) <= value), texts[-1])

    def down(self, value: float) -> str:
        """Write the whole second at or before a time."""
        return self.exact(value) or _time(value, "1", ROUND_FLOOR)

    def up(self, value: float) -> str:
        """Write the whole second at or after a time; the day ends before midnight."""
        text = self.exact(value) or _time(value, "1", ROUND_CEILING)
        return text if text < _MIDNIGHT else "23:59:59.999999999"


def _time(hours: float, step_s: str, rounding: str) -> str:
    """Write so many hours after midnight as a clock time that is a multiple of ``step_s`` seconds."""
    step = Decimal(step_s)
    seconds = (Decimal(hours) * 3600 / step).to_integral_value(rounding) * step
    minute, second = divmod(seconds, 60)
    whole, _, fraction = f"{second:f}".partition(".")
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}:{int(whole):02d}{f'.{fraction}' if fraction else ''}"


def _shortest(below: float, value: float) -> Decimal:
    """Return the multiple of the highest power of ten above ``below`` that is not above ``value``."""
    exact = Decimal(value)
    power = max(Decimal(below).adjusted(), exact.adjusted()) + 1
    while True:
        found = _multiple(exact, power, ROUND_FLOOR)
        if float(found) > below:
            return found
        power -= 1


def _multiple(value: Decimal, power: int, rounding: str) -> Decimal:
    step = Decimal(1).scaleb(power)
    return _EXACT.multiply(_EXACT.divide(value, step).to_integral_value(rounding), step)


def _outwards(value: float, rounding: str) -> str:
    if value == 0:
        return "0"
    shown = Decimal(repr(value))
    found = _multiple(shown, shown.adjusted() - _DIGITS + 1, rounding)
    return numeral(found if isfinite(float(found)) else shown)
