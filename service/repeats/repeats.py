"""Decides whether a request is new, was answered before, is being answered, or is another one under the same key."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Self

from service.repeats.packing import packed, unpacked
from service.repeats.region import HEAD_BYTES, Region
from service.repeats.ring import Ring
from service.repeats.table import ANSWERED, CLAIMED, FREE, Entry, Table
from service.reply import Reply

LIFETIME_S = 24 * 60 * 60.0

_TABLE_SHARE = 4
_ANSWER_SHARE = 4


class OtherBodyError(Exception):
    """Something else was asked with the same key before."""


class StillAnsweredError(Exception):
    """The same is being answered already."""


class Repeats:
    """Keeps answers for ``lifetime_s`` at the most, and as long as there is room: newer ones take that of the oldest.

    A quarter of the region knows keys, the rest holds answers. Of a key and of what is asked with it only the digests
    are kept. What is forgotten is new when it is asked again, and so is what a process had claimed that has ended.

    Time is the system's monotonic clock, which is one for all processes and which nobody sets. All is called from one
    thread, that of the event loop.
    """

    def __init__(self, region: Region, lifetime_s: float = LIFETIME_S, now_s: Callable[[], float] = monotonic) -> None:
        """Each worker makes its own, on the region of all; ``now_s`` can be replaced by tests."""
        table_bytes = (region.size_bytes - HEAD_BYTES) // _TABLE_SHARE
        self.region = region
        self.table = Table(region, HEAD_BYTES, table_bytes)
        self.ring = Ring(region, HEAD_BYTES + table_bytes)
        self.now_s = now_s
        self._lifetime_s = lifetime_s

    @property
    def largest_bytes(self) -> int:
        """The largest answer that is kept, with its headers: none may push out too many others."""
        return self.ring.size_bytes // _ANSWER_SHARE

    def begin(self, key: bytes, asked: bytes) -> Claim | Reply:
        """Return the answer that is kept; or a claim, when it is for the caller to answer.

        Args:
            key: the digest of the idempotency key and of all that makes it one: caller, path, query (32 bytes).
            asked: the digest of the body (32 bytes).

        Raises:
            OtherBodyError: another body came with the same key.
            StillAnsweredError: the same is claimed, by a process that lives.
        """
        with self.region:
            now_s, oldest_s, place = self.now_s(), inf, 0
            for at, entry in self.table.entries(key):
                _, since_s, _, _, known, _ = entry
                if not self._in_force(entry, now_s):
                    since_s = -inf
                elif known == key:
                    return self._repeat(entry, asked)
                if since_s < oldest_s:
                    oldest_s, place = since_s, at
            claimed = (CLAIMED, now_s, self.region.number(), 0, key, asked)
            self.table.write(place, claimed)
        return Claim(self, place, claimed)

    def _in_force(self, entry: Entry, now_s: float) -> bool:
        state, since_s, where, size_bytes, _, _ = entry
        if state == FREE or not 0 <= now_s - since_s < self._lifetime_s:
            return False
        return self.ring.has(where, size_bytes) if state == ANSWERED else self.region.lives(where)

    def _repeat(self, entry: Entry, asked: bytes) -> Reply:
        state, _, where, size_bytes, _, before = entry
        if asked != before:
            raise OtherBodyError("Another body came with the same key; each body needs a key of its own.")
        if state == CLAIMED:
            raise StillAnsweredError("The same request is being answered; its answer can be asked for soon.")
        return unpacked(self.ring.read(where, size_bytes))


class Claim:
    """The right to answer what a key asks, until it is kept or dropped; leaving its ``with`` block drops it.

    It may be forgotten like an answer, when many keys come meanwhile; then the answer is not kept.
    """

    __slots__ = ("_claimed", "_open", "_place", "_repeats")

    def __init__(self, repeats: Repeats, place: int, claimed: Entry) -> None:
        """Take the entry that says so, and its place."""
        self._repeats = repeats
        self._place = place
        self._claimed = claimed
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def keep(self, reply: Reply) -> bool:
        """Keep the answer for whoever asks the same; return False if it is too large, or the claim is over by now."""
        repeats = self._repeats
        content = packed(reply)
        if len(content) > repeats.largest_bytes:
            self.drop()
            return False
        with repeats.region:
            if not self._end():
                return False
            _, _, _, _, key, asked = self._claimed
            where = repeats.ring.append(content)
            repeats.table.write(self._place, (ANSWERED, repeats.now_s(), where, len(content), key, asked))
        return True

    def drop(self) -> None:
        """Let the next one try who asks the same; without effect on an answer that is kept."""
        if self._open:
            with self._repeats.region:
                if self._end():
                    self._repeats.table.free(self._place)

    def _end(self) -> bool:
        """End the claim; say whether it was in force until now."""
        was_open, self._open = self._open, False
        return was_open and self._repeats.table.read(self._place) == self._claimed
