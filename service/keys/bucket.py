"""How many rows a minute a key may ask about: a token bucket."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

_MINUTE_S = 60.0


class Bucket:
    """Holds the rows of one minute at most, and fills evenly.

    How many rows a request has is known when its body has been read, and no body is read for nothing. So a request
    takes one row when it comes, and the others when it is answered: it may owe some, and then the next one waits until
    they are paid back. Over a longer time that is the rate, whatever the sizes.
    """

    def __init__(self, rows_a_minute: float, now_s: Callable[[], float] = monotonic) -> None:
        """Begin full; ``now_s`` can be replaced by tests."""
        self.rows_a_minute = rows_a_minute
        self._most = max(1.0, rows_a_minute)  # one row at least, or a slow one would never be full enough
        self._now_s = now_s
        self._rows = self._most
        self._at_s = now_s()

    def take(self) -> float:
        """Take one row for a new request; return 0, or after how many seconds there will be one."""
        now_s = self._now_s()
        self._rows = min(self._most, self._rows + (now_s - self._at_s) * self.rows_a_minute / _MINUTE_S)
        self._at_s = now_s
        if self._rows < 1:
            return (1 - self._rows) * _MINUTE_S / self.rows_a_minute
        self._rows -= 1
        return 0.0

    def charge(self, rows: int) -> None:
        """Take what a request had besides its first row."""
        if rows > 1:
            self._rows -= rows - 1
