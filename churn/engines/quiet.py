"""LiteRT writes a line of its own to stderr when its first interpreter is made, and has no switch for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_NOISE = b"INFO: "
_STDERR = 2
_MOST_BYTES = 1 << 16
_first = Lock()
"""Held for ever by the first who comes: LiteRT speaks once, and two threads must not exchange stderr at once."""


@contextmanager
def without_information() -> Iterator[None]:
    """Keep lines that begin with ``INFO:`` from the process's stderr; all else that is written there goes out after.

    Only the first block of a process does so.
    """
    if not _first.acquire(blocking=False):
        yield
        return
    try:
        kept = os.dup(_STDERR)
    except OSError:  # there is no stderr to keep clean
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)  # rather lose what is beyond a pipe's worth than wait for ourselves
    os.dup2(writing, _STDERR)
    os.close(writing)
    try:
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        _pass_on(reading)


def _pass_on(reading: int) -> None:
    with open(reading, "rb", buffering=0) as pipe:
        written = pipe.read(_MOST_BYTES) or b""
    said = b"".join(line for line in written.splitlines(keepends=True) if not line.startswith(_NOISE))
    if said:
        os.write(_STDERR, said)
