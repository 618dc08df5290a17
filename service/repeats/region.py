"""Memory that all workers share, and a turn that only one of them has at a time."""

from __future__ import annotations

import fcntl
import mmap
import os
import weakref

HEAD_BYTES = 64
"""What stands before everything else: the numbers."""

WRITTEN = 0
"""Which of the numbers is the ring's: how many bytes it was ever given."""

_PROCESSES = 1
_LEAST_BYTES = 4096


class Region:
    """So many bytes, all 0 at first, for this process and those that are forked from it later.

    The memory has no name. So nobody else can open it, it never holds what an earlier service left, and no answer comes
    into a file. The system gives memory only to the pages that are used.

    Turns are locks of the kernel on single bytes of an empty file, which a process loses when it ends, however it ends:
    byte 0 is the turn, and each process holds the byte of its number as long as it lives. They keep processes apart,
    not the threads of one: call everything from one thread.
    """

    def __init__(self, size_bytes: int) -> None:
        """Make it.

        Raises:
            ValueError: it is too small to keep anything.
        """
        if size_bytes < _LEAST_BYTES:
            raise ValueError(f"A region of {size_bytes:,} bytes keeps nothing; it needs {_LEAST_BYTES:,} at least.")
        self.size_bytes = size_bytes
        self.memory = mmap.mmap(-1, size_bytes)
        self.numbers = memoryview(self.memory)[:HEAD_BYTES].cast("Q")  # each is written whole, as in a metrics slot
        self._locks = _empty_file()
        self._pid = self._number = 0
        weakref.finalize(self, os.close, self._locks)

    def __enter__(self) -> None:
        """Wait for the turn, which nobody keeps for longer than it takes to copy an answer."""
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1)

    def __exit__(self, *_: object) -> None:
        """Pass the turn on."""
        fcntl.lockf(self._locks, fcntl.LOCK_UN, 1)

    def number(self) -> int:
        """Return the number of this process, from 1, which no other ever has; only in its turn."""
        pid = os.getpid()
        if pid != self._pid:  # it never asked before, or is a child of one that did
            self._number = self.numbers[_PROCESSES] = self.numbers[_PROCESSES] + 1
            fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, self._number)
            self._pid = pid
        return self._number

    def lives(self, number: int) -> bool:
        """Say whether the process of a number has not ended; only in this one's turn."""
        if number == self.number():
            return True
        if not 0 < number <= self.numbers[_PROCESSES]:  # no process ever had it
            return False
        try:
            fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:  # another holds it: EAGAIN or EACCES
            return True
        fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, number)
        return False


def _empty_file() -> int:
    """Open a file without a name: in memory where the system has such, for there may be no folder to write to."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("repeats")
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        return os.dup(file.fileno())
