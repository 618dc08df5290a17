"""What schemathesis may not send as right, for JSON Schema has no word for what is wrong with it.

It takes 207.0 for a whole number, which no identifier and no count is here, and has no bounds for a number that is
written as text.
"""

from __future__ import annotations

import math
import re
from itertools import count
from typing import Any

import schemathesis

KEY, TIMEOUT = "Idempotency-Key", "X-Request-Timeout-Ms"
WHOLE = ("customer_id", "customerID", "explain", "contacts", "steps")


@schemathesis.hook
def filter_body(_context: Any, body: Any) -> bool:
    """Leave out bodies with a whole number that has a point, or with a text that is a number beyond 64 bits."""
    return not _is_beyond_words(body)


@schemathesis.hook
def filter_headers(_context: Any, headers: Any) -> bool:
    """Leave out headers that nobody knows, which any caller may send."""
    return not any(name.lower().startswith("x-schemathesis") for name in headers or ())


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Give each request an idempotency key of its own, and time to be answered, where what it has could be right."""
    headers = case.headers or {}
    if re.fullmatch(r"[!#-~]{1,255}", str(headers.get(KEY, ""))):
        headers[KEY] = f"key-{next(_numbers)}"
    if re.fullmatch(r"[1-9]\d{0,5}", str(headers.get(TIMEOUT, ""))):
        headers[TIMEOUT] = "60000"


_numbers = count()


def _is_beyond_words(value: Any) -> bool:
    if isinstance(value, str):
        return _is_endless(value)
    if isinstance(value, list):
        return any(map(_is_beyond_words, value))
    if isinstance(value, dict):
        has_point = any(isinstance(value.get(name), float) for name in WHOLE)
        return has_point or any(map(_is_beyond_words, value.values()))
    return False


def _is_endless(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False
