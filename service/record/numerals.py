"""Numbers that come as text, where the training's table had text among the numbers of the same column."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from churn.kinds import FieldSettings, Kind, Quantity, TextQuantity
from churn.kinds.forms import NUMERAL
from churn.kinds.spelling import says_number
from churn.kinds.wire import Check, check_text

SEND_A_NUMBER = "text; send the number without quotes"


def takes_numerals(kind: Kind) -> bool:
    """Say whether the table of the training had texts, such as ``?`` or ``1.234,5``, among the numbers."""
    if not isinstance(kind, Quantity) or isinstance(kind, TextQuantity):
        return False
    return bool(kind.field.missing_markers) or kind.field.decimal is not None


def numeral_pattern(field: FieldSettings) -> str:
    """Return the regular expression (ECMA-262) of the plain numerals and markers that a field takes as text."""
    missing = "".join(f"|{re.escape(marker)}" for marker in ("", *field.missing_markers)) if field.nullable else ""
    return rf"^\s*(?:{NUMERAL.pattern}{missing})\s*$"


def number_in(value: Any, kind: Kind) -> Any:
    """Return the number that a text stands for, as JSON would hold it, or None for a missing value; else the value."""
    if not isinstance(value, str) or check_text(value) is not None:
        return value
    field, text = kind.field, value.strip()
    if field.nullable and (not text or text in field.missing_markers):
        return None
    if field.decimal is not None:
        with suppress(ValueError):
            return says_number(text, field.decimal, field.unit)
        return value
    return _number(text) if NUMERAL.fullmatch(text) else value


def check_with_numerals(kind: Kind, check: Check) -> Check:
    """Return a check that takes a number as text where the table had it so, and elsewhere says to send a number."""
    if takes_numerals(kind):
        return lambda value: check(number_in(value, kind))
    return lambda value: _remark(value, check(value))


def _remark(value: object, note: str | None) -> str | None:
    is_numeral = isinstance(value, str) and NUMERAL.fullmatch(value.strip()) is not None
    return SEND_A_NUMBER if note == "" and is_numeral else note


def _number(numeral: str) -> int | float:
    return int(numeral) if numeral.lstrip("+-").isdecimal() else float(numeral)
