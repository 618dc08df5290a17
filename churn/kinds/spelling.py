"""Numbers as people write them: ``1.234,56``, ``1'234.56``, ``12,5 %``, ``€ 1 234,56``, ``(12.50)`` for a negative one.

Which mark is the decimal one cannot be seen from ``1.234`` alone, so whoever reads has to say it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

DECIMALS = (",", ".")
"""What may stand before the decimals: a field's setting ``decimal``."""

_BLANKS = " \u00a0\u2009\u202f"
_THOUSANDS = {",": f".'\u2019{_BLANKS}", ".": f",'\u2019{_BLANKS}"}
_MINUS = "-\u2212"
_SYMBOLS = ("R$", *"€$£¥₹₽₺₩₪₫₴₦฿%‰")
_CODES = (
    "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK",
    "EGP", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KES", "KRW", "MAD",
    "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PLN", "RON", "RUB", "SAR", "SEK",
    "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
)  # fmt: skip
_NAMES = ("Fr.", "kr.", "kr", "zł", "Kč", "Ft")
UNITS = frozenset((*_SYMBOLS, *_CODES, *_NAMES))
"""Currencies (symbols, ISO 4217 codes) and percent signs that may stand before or after a number."""


class Written(NamedTuple):
    """A number, and the one of ``UNITS`` that was written with it, or None."""

    number: float
    unit: str | None


def read_number(text: str, decimal: str) -> Written | None:
    """Return the number that a text stands for where ``decimal`` is "," or "."; None where it stands for none.

    A percent sign is a unit: ``12,5 %`` is 12.5. A number in round brackets, or with a minus at an end, is negative.
    """
    found = _pattern(decimal).fullmatch(text.strip())
    if found is None:
        return None
    units = [unit for unit in (found["before"], found["after"]) if unit]
    signs = [sign for sign in (found["sign"], found["inner"], found["last"]) if sign]
    if len(units) > 1 or len(signs) > 1 or (found["open"] is None) != (found["close"] is None):
        return None
    if found["open"] and signs:
        return None
    whole = re.sub(rf"[{re.escape(_THOUSANDS[decimal])}]", "", found["whole"])
    number = float(f"{whole or 0}.{found['part'] or 0}")
    is_negative = bool(found["open"]) or any(sign in _MINUS for sign in signs)
    return Written(-number if is_negative else number, units[0] if units else None)


def says_number(text: str, decimal: str, unit: str | None) -> float:
    """Return the number of a cell of a field that is measured in ``unit``.

    Raises:
        ValueError: it is none, or an amount in another currency than the field's.
    """
    found = read_number(text, decimal)
    if found is None or (found.unit is not None and unit in UNITS and found.unit != unit):
        raise ValueError(text)
    return found.number


@cache
def _pattern(decimal: str) -> re.Pattern[str]:
    mark = re.escape(decimal)
    thousands = f"[{re.escape(_THOUSANDS[decimal])}]"
    unit = "|".join(re.escape(each) for each in sorted(UNITS, key=len, reverse=True))
    blanks = f"[{_BLANKS}]*"
    grouped = rf"[1-9][0-9]{{0,2}}(?P<mark>{thousands})[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
    return re.compile(
        rf"(?P<open>\()?(?P<sign>[{_MINUS}+])?{blanks}(?P<before>{unit})?{blanks}(?P<inner>[{_MINUS}+])?"
        rf"(?P<whole>{grouped}|[0-9]*)(?:{mark}(?P<part>[0-9]+))?(?<=[0-9])"
        rf"{blanks}(?P<after>{unit})?(?P<last>-)?(?P<close>\))?"
    )
