"""From bytes to plain JSON values, with a sentence that says where it breaks off.

No step costs more than time in proportion to the body, whatever its bytes are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Sized
from json import JSONDecoder
from math import inf
from typing import Any

from pydantic_core import from_json

from churn.errors import shown
from service.formats.json_body.marks import count_byte, count_marks
from service.problems import Refusal

_BOM = b"\xef\xbb\xbf"
_WANTED = "Send a JSON array of customer records, or one record object."
_CONTAINERS = frozenset({dict, list})
_MOST_NAMES_SEARCHED = 10_000
"""To look for the one that stands twice among more takes long, and an object of so many is no record."""

_SPACE_BEFORE_COLON = re.compile(rb"\s:")
_BEFORE_RECORDS = re.compile(r"\s*+\[?+[\s,]*+")
_BETWEEN_RECORDS = re.compile(r"[\s,]*+")


def parse(body: bytes, wanted: str = _WANTED) -> Any:
    """Return the value that the body holds; NaN, Infinity and whole numbers of up to 4,300 digits are let through.

    ``wanted`` is the sentence that says what to send instead of what is none.

    Raises:
        Refusal: it is empty, not UTF-8, not JSON, nested too deep, or names a field twice (400).
    """
    body = body.removeprefix(_BOM)
    if not body or body.isspace():
        raise Refusal("malformed-json", f"The body is empty. {wanted}")
    try:
        value = from_json(body)
    except ValueError as error:
        raise _malformed(body, error, wanted) from None
    _refuse_duplicates(body, value)
    return value


def _malformed(body: bytes, error: ValueError, wanted: str) -> Refusal:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        reason = f"The body is not UTF-8: byte {wrong.start} is 0x{body[wrong.start]:02x}"
    else:
        said = str(error).replace("recursion limit exceeded", "nested too deep (records are flat)")
        reason = f"The body is not JSON that is read here: {said}"
    return Refusal("malformed-json", f"{reason}. {wanted}")


def may_name_more(body: bytes, records: Sequence[Sized]) -> bool:
    """Tell cheaply whether a valid body may name more than ``records`` hold: a field twice, or one that was dropped.

    Each name that was written has one colon after it, and ``records`` hold each name once. So as many colons
    as names leave no room; where texts hold colons too, quote and colon are counted together.
    """
    names = sum(map(len, records))
    if count_byte(body, b":") == names:
        return False
    return body.count(b'":') != names or _SPACE_BEFORE_COLON.search(body) is not None


def _refuse_duplicates(body: bytes, value: Any) -> None:
    """Refuse a body that wrote more names than came out of it; only then is the one that stands twice looked for."""
    names, most_names = count_names(value, count_byte(body, b"{"))
    if count_byte(body, b":") == names or count_marks(body).colons == names:
        return
    twice = _named_twice(body.decode("utf-8")) if most_names <= _MOST_NAMES_SEARCHED else None
    where = f"The record at index {twice[0]} names {shown(twice[1])}" if twice else "A record names a field"
    raise Refusal("malformed-json", f"{where} twice; each field may stand once.")


def count_names(value: Any, most_objects: float = inf) -> tuple[int, int]:
    """Count the names of all objects, those inside of others too, and the most names of any one.

    Where it is known how many objects there are at most, nothing is looked into once they are found.
    """
    names = most_names = objects = 0
    waiting = [value]
    while waiting and objects < most_objects:
        item = waiting.pop()
        if isinstance(item, dict):
            objects += 1
            names += len(item)
            most_names = max(most_names, len(item))
            item = item.values()
        elif not isinstance(item, list):
            continue
        waiting += [inner for inner in item if type(inner) in _CONTAINERS]
    return names, most_names


class _TwiceError(Exception):
    """An object names a field twice; the argument is the name."""


def _look(pairs: list[tuple[str, Any]]) -> None:
    """Judge the names of one object, and keep nothing of it."""
    if len({name for name, _ in pairs}) < len(pairs):
        seen: set[str] = set()
        raise _TwiceError(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]


_decode = JSONDecoder(object_pairs_hook=_look, parse_int=len, parse_float=len, strict=False).raw_decode


def _named_twice(text: str) -> tuple[int, str] | None:
    """Return the index of the first record that names a field twice, and the name."""
    position = _after(_BEFORE_RECORDS, text, 0)
    index = 0
    while position < len(text) and text[position] != "]":
        try:
            _, end = _decode(text, position)
        except _TwiceError as error:
            return index, str(error)
        position = _after(_BETWEEN_RECORDS, text, end)
        index += 1
    return None


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
