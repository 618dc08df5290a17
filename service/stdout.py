"""Whole lines to stdout, without ever waiting for whoever reads them.

A pipe that nobody reads is full after 64 KB, and writing to it would wait for ever. Several workers share one pipe:
what is written to it in one call of up to ``PIECE_BYTES`` arrives in one piece (POSIX), so no piece ends within a line.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

PIECE_BYTES = 4096
"""PIPE_BUF of Linux; a line has to be shorter."""


class Stdout:
    """Takes the lines of a log. The descriptor is looked up when the first lines come."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._descriptor: int | None = None
        self._is_open = False

    def __call__(self, text: str) -> int:
        """Write whole lines; return how many of them, the last ones, could not be written without waiting."""
        if not self._is_open:
            self._descriptor, self._is_open = _own_descriptor(), True
        pieces = list(_pieces(text.encode().splitlines(keepends=True)))
        while pieces and self._write(pieces[0]):
            del pieces[0]
        return sum(piece.count(b"\n") for piece in pieces)

    def _write(self, piece: bytes) -> bool:
        if self._descriptor is None:
            return False
        try:
            if not _is_writable(self._descriptor):
                return False
            os.write(self._descriptor, piece)
        except OSError:  # full, or nobody reads the log any more; answering goes on
            return False
        return True


def _own_descriptor() -> int | None:
    """Return where stdout is written to, None if it is closed; a pipe is opened anew.

    Not to wait is a property of the open file, which is shared with the programs that write to the same pipe; so it is
    set on one of our own.
    """
    try:
        descriptor = sys.stdout.fileno()
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except (AttributeError, OSError, ValueError):
        return None
    if is_pipe:
        with suppress(OSError):  # no /proc, or a pipe of another user
            return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    return descriptor


def _is_writable(descriptor: int) -> bool:
    """Say whether a piece can be written at once; where several write to the same, another may come between."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


def _pieces(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Join lines as far as they fit into a piece."""
    gathered: list[bytes] = []
    size_bytes = 0
    for line in lines:
        if gathered and size_bytes + len(line) > PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size_bytes = [], 0
        gathered.append(line)
        size_bytes += len(line)
    if gathered:
        yield b"".join(gathered)
