"""W3C Trace Context: the trace that a caller names in ``traceparent``, and our part of it.

https://www.w3.org/TR/trace-context/; ``traceresponse``, which tells a caller our part, is that of its second level.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

PARENT, STATE = b"traceparent", b"tracestate"
SAMPLED = 1

# Version 00 has no more than this; a later one may have more behind it, and ff is none.
_FORM = re.compile(rb"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


@dataclass(frozen=True, slots=True)
class Parent:
    """What a caller says: trace and span in hexadecimal, and whether it is recorded."""

    trace_id: str
    span_id: str
    flags: int


class End(Protocol):
    """Ends a recorded span."""

    def __call__(self, facts: Mapping[str, str | int], *, failed: bool) -> None:
        """Say what came of the request."""
        ...


@dataclass(frozen=True, slots=True)
class Trace:
    """Our part of a trace; ``end`` where somebody records it."""

    trace_id: str
    span_id: str
    flags: int
    end: End | None = None

    @property
    def response(self) -> tuple[bytes, bytes]:
        """The header that tells the caller."""
        return b"traceresponse", f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}".encode()


Tracing = Callable[[str, Mapping[bytes, bytes]], Trace]
"""Begins our part of a request with a method and headers."""


def read_parent(sent: bytes | None) -> Parent | None:
    """Read a ``traceparent``; None if it says nothing that is valid, which W3C asks to ignore."""
    found = _FORM.fullmatch(sent) if sent is not None else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if (version == b"00" and more) or trace_id.decode() == _NO_TRACE or span_id.decode() == _NO_SPAN:
        return None
    return Parent(trace_id.decode(), span_id.decode(), int(flags, 16) & SAMPLED)


def follow(headers: Mapping[bytes, bytes]) -> Trace | None:
    """Take part in the trace that a caller names, which nobody records here: for the log and the answer.

    None where what is named is no trace.
    """
    parent = read_parent(headers.get(PARENT))
    if parent is None:
        return None
    return Trace(parent.trace_id, os.urandom(8).hex(), parent.flags)
