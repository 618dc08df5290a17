"""How far a share counted on few customers can be off."""

from __future__ import annotations

from math import sqrt

_TWO_SIDED_95 = 1.959964


def wilson(left: int, customers: int) -> tuple[float, float]:
    """Return the 95 % interval of a churn rate: ``left`` of so many ``customers`` left, at least one of them.

    The score interval without continuity correction (Wilson 1927), which stays within 0 and 1 and holds the true rate
    about as often as it says for small numbers and rates near the ends, too.
    """
    square = _TWO_SIDED_95**2
    rate = left / customers
    middle = rate + square / (2 * customers)
    half = _TWO_SIDED_95 * sqrt(rate * (1 - rate) / customers + square / (4 * customers**2))
    whole = 1 + square / customers
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)
