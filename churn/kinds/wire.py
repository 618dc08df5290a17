"""The four types that carry a value in JSON, and the check of one value of each.

A check returns None for a right value; for a wrong one a remark on it, or "" where the value speaks for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Check = Callable[[object], str | None]

TEXT_LIMIT_CHARACTERS = 1_000
"""The longest text a field or an identifier may carry."""
WORD_LIMIT = 2**63
"""Whole numbers are signed 64-bit: from -WORD_LIMIT to WORD_LIMIT - 1."""

_BEYOND_WORD = "beyond 64 bits"


def check_text(value: object) -> str | None:
    """Accept text that is not too long."""
    if not isinstance(value, str):
        return ""
    return None if len(value) <= TEXT_LIMIT_CHARACTERS else f"longer than {TEXT_LIMIT_CHARACTERS:,} characters"


def check_number(value: object) -> str | None:
    """Accept finite numbers; a whole number has to fit into 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, int):
        return None if -WORD_LIMIT <= value < WORD_LIMIT else _BEYOND_WORD
    return None if math.isfinite(value) else "not a finite 64-bit number"


def check_whole(value: object) -> str | None:
    """Accept whole numbers of 64 bits, 5.0 as well as 5."""
    note = check_number(value)
    if note is None and isinstance(value, float):
        if not value.is_integer():
            return ""
        return None if -WORD_LIMIT <= value < WORD_LIMIT else _BEYOND_WORD
    return note


def check_truth(value: object) -> str | None:
    """Accept true and false."""
    return None if isinstance(value, bool) else ""


CHECKS: dict[type, Check] = {str: check_text, int: check_whole, float: check_number, bool: check_truth}
JSON_TYPES: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
