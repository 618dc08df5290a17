"""Requests that differ in their values alone, which is how programs write them: the form is read once.

Behind each ``"data":[`` of a request for one customer stands one value; what is around the values is its form. A body
whose every other byte is that of a request which was read before means the same, provided that each value is a whole
JSON value, in both: nothing of the form can then be part of a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from pydantic_core import from_json

MOST_FORMS = 64
_DATA, _SPACED_DATA = b'"data":[', b'"data": ['
_END = b"]"
_VALUE = rb'(?:"[^"\\\x00-\x1f]*"|[^"\\\s,\[\]{}]+)'
_WHOLE = re.compile(rb"%b(?:\n%b)*" % (_VALUE, _VALUE))
"""A value that ends where it seems to end, in each line: a text without quotes in it, or a word without any."""


class Forms:
    """Remembers the names of the inputs of each form, in order; the newest ``MOST_FORMS``."""

    def __init__(self) -> None:
        """Begin with none."""
        self._names: dict[tuple[bytes, ...], tuple[str, ...]] = {}
        self._lock = Lock()

    def learn(self, body: bytes, record: Mapping[str, Any]) -> None:
        """Remember the form of a request for one customer, who was read from it: the names are in order."""
        form, values = _split(body)
        if _read(values) == list(record.values()):
            with self._lock:
                while len(self._names) >= MOST_FORMS:
                    del self._names[next(iter(self._names))]
                self._names[form] = tuple(record)

    def record(self, body: bytes) -> dict[str, Any] | None:
        """Return the customer of a request whose form is known; None where it is not, or where a value is none."""
        form, values = _split(body)
        names = self._names.get(form)
        found = None if names is None else _read(values)
        return None if names is None or found is None else dict(zip(names, found, strict=True))


def _read(values: Sequence[bytes]) -> list[Any] | None:
    """Return what the values are; None if any is not surely whole."""
    joined = b"\n".join(values)
    if _WHOLE.fullmatch(joined) is None:
        return None
    try:
        found: list[Any] = from_json(b"[%b]" % joined.replace(b"\n", b","))
    except ValueError:
        return None
    return found


def _split(body: bytes) -> tuple[tuple[bytes, ...], list[bytes]]:
    """Return what is around the values, and the values."""
    first, *pieces = body.split(_DATA if _DATA in body else _SPACED_DATA)
    around, values = [first], []
    for piece in pieces:
        value, _, rest = piece.partition(_END)
        values.append(value)
        around.append(rest)
    return tuple(around), values
