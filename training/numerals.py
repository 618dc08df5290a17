"""Numbers as people read them: 1,076,090 rather than 1.07609e+06."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

_POWERS_FROM, _POWERS_BELOW = Decimal("1e15"), Decimal("1e-4")
_COMMAS_FROM = 10_000
"""Up to four digits a year and a count look alike, and a year has no comma."""
_DIGITS = 6


def numeral(value: float | Decimal) -> str:
    """Write a number with all its digits; only very large and very small ones in powers of ten."""
    exact = (value if isinstance(value, Decimal) else Decimal(repr(float(value)))).normalize()
    if not exact.is_finite():
        return str(exact)
    if exact and not _POWERS_BELOW <= abs(exact) < _POWERS_FROM:
        return f"{exact:e}"
    return f"{exact:,f}" if abs(exact) >= _COMMAS_FROM else f"{exact or Decimal():f}"


def rounded(value: float) -> str:
    """Write a number with six significant digits, and its whole part always in full."""
    exact = Decimal(repr(float(value)))
    if not exact.is_finite() or not exact:
        return numeral(exact)
    last = exact.adjusted() - _DIGITS + 1
    if last < 0 or abs(exact) >= _POWERS_FROM:
        step = Decimal(1).scaleb(last)
        return numeral((exact / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step)
    return numeral(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
