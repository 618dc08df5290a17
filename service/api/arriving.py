"""How many bytes of large request bodies are still arriving, in the whole process: each of them holds memory."""

from __future__ import annotations


class ArrivingFullError(Exception):
    """As many bytes of bodies arrive already as memory is kept for."""


class Arriving:
    """Counts the bytes of all bodies that are not complete; one body alone may be of any size."""

    def __init__(self, limit_bytes: int, small_bytes: int) -> None:
        """Take how many bytes may arrive at the same time; bodies of up to ``small_bytes`` are not counted."""
        self.limit_bytes = limit_bytes
        self.small_bytes = small_bytes
        self.held_bytes = 0

    def begin(self) -> Share:
        """Begin to count one more body, of which nothing is known yet."""
        return Share(self)


class Share:
    """What one body holds, from the first byte until it is complete or given up."""

    def __init__(self, arriving: Arriving) -> None:
        """Hold nothing yet."""
        self._arriving = arriving
        self._held_bytes = 0

    def hold(self, size_bytes: int) -> None:
        """Hold so many bytes altogether, those that were announced and those that came.

        Raises:
            ArrivingFullError: the other bodies leave no room for them.
        """
        if size_bytes <= max(self._held_bytes, self._arriving.small_bytes):
            return
        others_bytes = self._arriving.held_bytes - self._held_bytes
        if others_bytes and others_bytes + size_bytes > self._arriving.limit_bytes:
            raise ArrivingFullError(
                f"other bodies of {others_bytes:,} bytes are arriving, of at most {self._arriving.limit_bytes:,}"
            )
        self._arriving.held_bytes = others_bytes + size_bytes
        self._held_bytes = size_bytes

    def release(self) -> None:
        """Hold nothing any more."""
        self._arriving.held_bytes -= self._held_bytes
        self._held_bytes = 0
