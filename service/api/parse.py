"""From bytes to plain JSON values, with a sentence that says where it breaks off."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence, Sized
from typing import Any

from pydantic_core import from_json

from churn.errors import shown
from service.api.errors import Refusal

_BOM = b"\xef\xbb\xbf"
_WANTED = "Send a JSON array of customer records, or one record object."
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SPACE_BEFORE_COLON = re.compile(rb"\s:")


def parse(body: bytes) -> Any:
    """Return the value that the body holds; NaN, Infinity and whole numbers of any size are let through.

    Raises:
        Refusal: it is empty, not UTF-8, not JSON, nested too deep, or names a field twice (400).
    """
    body = body.removeprefix(_BOM)
    if not body.strip():
        raise Refusal("malformed-json", f"The body is empty. {_WANTED}")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = body[error.start]
        raise Refusal(
            "malformed-json", f"The body is not UTF-8: byte {error.start} is 0x{wrong:02x}. {_WANTED}"
        ) from None
    try:
        value = from_json(body)
    except ValueError as error:
        raise Refusal(
            "malformed-json", f"The body is not JSON that is read here: {_reason(error)}. {_WANTED}"
        ) from None
    _refuse_duplicates(body, value)
    return value


def _reason(error: ValueError) -> str:
    return str(error).replace("recursion limit exceeded", "nested too deep (records are flat)")


def count_containers(body: bytes) -> int:
    """Count the arrays and objects, side by side, of a body that may or may not be JSON; those in texts do not count.

    So that millions of empty ones are refused before they are built. (Deep nesting, which has no commas, is not
    counted: it is built no deeper than is read.)
    """
    bare = _TEXT.sub(b"", body)
    return min(bare.count(b"{") + bare.count(b"["), bare.count(b",") + 2)


def may_name_more(body: bytes, records: Sequence[Sized]) -> bool:
    """Tell cheaply whether a valid body may name more than ``records`` hold: a field twice, or one that was dropped.

    Each name that was written has one colon after it, and ``records`` hold each name once. So as many colons
    as names leave no room; where texts hold colons too, quote and colon are counted together.
    """
    names = sum(map(len, records))
    if body.count(b":") == names:
        return False
    return body.count(b'":') != names or _SPACE_BEFORE_COLON.search(body) is not None


class _Twice(dict[str, Any]):
    """An object in which a name stands twice."""

    name = ""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen: set[str] = set()
    twice = _Twice(made)
    twice.name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return twice


def _refuse_duplicates(body: bytes, value: Any) -> None:
    records = value if isinstance(value, list) else [value]
    if not may_name_more(body, [record if isinstance(record, dict) else () for record in records]):
        return
    again = json.loads(body, object_pairs_hook=_pairs)
    for index, record in enumerate(again if isinstance(again, list) else [again]):
        twice = _find_twice(record)
        if twice is not None:
            sentence = f"The record at index {index} names {shown(twice.name)} twice; each field may stand once."
            raise Refusal("malformed-json", sentence)


def _find_twice(value: Any) -> _Twice | None:
    if isinstance(value, _Twice):
        return value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in inner if (found := _find_twice(item)) is not None), None)
