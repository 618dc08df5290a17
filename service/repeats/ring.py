"""Bytes one after the other in a part of a region, the oldest overwritten by the newest."""

from __future__ import annotations

from service.repeats.region import WRITTEN, Region


class Ring:
    """The last ``size_bytes`` of all that was written. A position counts the bytes that were ever written before it.

    Only in the turn of the process.
    """

    def __init__(self, region: Region, begin: int) -> None:
        """Take what is left of the region from ``begin`` on."""
        self.size_bytes = region.size_bytes - begin
        self._begin = begin
        self._memory = region.memory
        self._numbers = region.numbers

    def append(self, content: bytes) -> int:
        """Write some bytes, no more than the ring has; return their position."""
        position: int = self._numbers[WRITTEN]
        # First, so that of what is overwritten nothing is read again, though this process be killed in the middle.
        self._numbers[WRITTEN] = position + len(content)
        start = position % self.size_bytes
        before_end = content[: self.size_bytes - start]
        self._put(start, before_end)
        if len(before_end) < len(content):
            self._put(0, content[len(before_end) :])
        return position

    def _put(self, start: int, content: bytes) -> None:
        self._memory[self._begin + start : self._begin + start + len(content)] = content

    def has(self, position: int, size_bytes: int) -> bool:
        """Say whether bytes that were written are there still."""
        written = self._numbers[WRITTEN]
        return position + size_bytes <= written <= position + self.size_bytes

    def read(self, position: int, size_bytes: int) -> bytes:
        """Return bytes that are there still."""
        first = self._begin + position % self.size_bytes
        content = self._memory[first : first + size_bytes]  # the ring ends where the memory does
        return content + self._memory[self._begin : self._begin + size_bytes - len(content)]
