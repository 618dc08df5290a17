"""What is known of a key: an entry in a part of a region, at one of a few places that its key decides."""

from __future__ import annotations

from struct import Struct
from typing import TypeAlias

from service.repeats.region import Region

FREE, CLAIMED, ANSWERED = range(3)

DIGEST_BYTES = 32
_WAYS = 8
_ENTRY = Struct(f"<B7xdQQ{DIGEST_BYTES}s{DIGEST_BYTES}s")
_SET_BYTES = _WAYS * _ENTRY.size


Entry: TypeAlias = tuple[int, float, int, int, bytes, bytes]
"""State, since when (seconds), where, how many bytes, and the digests of the key and of what was asked with it.

What is claimed is so by the process of the number ``where``; an answer is at ``where`` in the ring. A plain tuple, for
eight are made for each request.
"""


class Table:
    """A fixed number of places for entries, eight for each key, which it shares with others.

    Only in the turn of the process.
    """

    def __init__(self, region: Region, begin: int, size_bytes: int) -> None:
        """Take so many bytes of the region from ``begin`` on."""
        self._begin = begin
        self._sets = size_bytes // _SET_BYTES
        self._memory = region.memory

    def entries(self, key: bytes) -> list[tuple[int, Entry]]:
        """Return the entries at all places of a key, whosever they are, each with its place."""
        begin = self._begin + int.from_bytes(key[:8]) % self._sets * _SET_BYTES
        entries = _ENTRY.iter_unpack(self._memory[begin : begin + _SET_BYTES])
        return list(zip(range(begin, begin + _SET_BYTES, _ENTRY.size), entries, strict=True))

    def read(self, place: int) -> Entry:
        """Return the entry at a place."""
        return _ENTRY.unpack_from(self._memory, place)

    def write(self, place: int, entry: Entry) -> None:
        """Replace the entry at a place; where this process is killed in the middle, the place is free."""
        self.free(place)
        self._memory[place + 1 : place + _ENTRY.size] = _ENTRY.pack(*entry)[1:]
        self._memory[place] = entry[0]

    def free(self, place: int) -> None:
        """Forget the entry at a place."""
        self._memory[place] = FREE
