"""What a number in a schema has to be: finite, as a 64-bit one, so that all that is made of the schema can hold it."""

from __future__ import annotations

import math


def is_finite(value: object) -> bool:
    """Say whether a value is a number, and neither NaN, infinite nor a whole number that no float comes near."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
