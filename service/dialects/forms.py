"""Requests of columns that differ in their values alone, which is how programs write them: the form is read once.

In a request for one customer, one value stands in each array of values; what is around the values is its form. A body
whose every other byte is that of a request which was read before means the same, provided that each value is a whole
JSON value, in both: nothing of the form can then be part of a text. So its values, put behind the names that the form
has for them, are a record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from pydantic_core import from_json

from service.problems import dump

MOST_FORMS = 64
_MOST_BYTES = 16 * 1024
"""Longer requests for one customer are rare, and are read like those for many."""

_END = b"]"
_VALUE = rb'(?:"[^"\\\x00-\x1f]*"|[^"\\\s,\[\]{}]+)'
_WHOLE = re.compile(rb"%b(?:\n%b)*" % (_VALUE, _VALUE))
"""A value that ends where it seems to end, in each line: a text without quotes in it, or a word without any."""


class Forms:
    """Remembers what a record looks like that is in a request of each form; the newest ``MOST_FORMS``."""

    def __init__(self, begin: bytes) -> None:
        """Know no form; ``begin`` stands before each value, written without a space behind the colon."""
        self._begins = (begin, begin.replace(b":", b": "))
        self._records: dict[tuple[bytes, ...], bytes] = {}
        self._lock = Lock()

    def learn(self, body: bytes, columns: Mapping[str, Sequence[Any]]) -> None:
        """Remember the form of a request that was read, if it is for one customer; its columns are in order."""
        if len(body) > _MOST_BYTES or any(len(values) != 1 for values in columns.values()):
            return
        form, values = self._split(body)
        if _read(values) != [value for [value] in columns.values()]:
            return
        members = [dump(name).encode().replace(b"%", b"%%") + b":%b" for name in columns]
        with self._lock:
            while len(self._records) >= MOST_FORMS:
                del self._records[next(iter(self._records))]
            self._records[form] = b"{%b}" % b",".join(members)

    def record(self, body: bytes) -> bytes | None:
        """Return the customer of a request as JSON; None where its form is not known, or a value seems to be none.

        What seems to be a value may still be a word that JSON does not know; what NaN means is for others to say.
        """
        if len(body) > _MOST_BYTES or b"NaN" in body:
            return None
        form, values = self._split(body)
        record = self._records.get(form)
        return None if record is None or _WHOLE.fullmatch(b"\n".join(values)) is None else record % tuple(values)

    def _split(self, body: bytes) -> tuple[tuple[bytes, ...], list[bytes]]:
        """Return what is around the values, and the values."""
        close, spaced = self._begins
        first, *pieces = body.split(close if close in body else spaced)
        around, values = [first], []
        for piece in pieces:
            value, _, rest = piece.partition(_END)
            values.append(value)
            around.append(rest)
        return tuple(around), values


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
