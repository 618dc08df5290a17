"""A thread for work that is too long for the event loop, and bounds on what waits for it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

_NICE = 7
"""How far the thread stands back where it shares a processor with the event loop; it still gets a sixth of it."""

_PAUSE_S = 50e-6
_LATELY_S = 0.02


class LaneFullError(Exception):
    """As much waits already as may wait, or for as long; the work was not begun."""


class Lane:
    """One thread, which starts when it is first needed, and the work that waits for it, in order.

    The event loop goes before it: the thread stands back for it where they share a processor, and work that calls
    ``give_way`` between its steps never holds the loop up for longer than a step, though both need Python's lock.
    """

    def __init__(
        self,
        name: str,
        limit_bytes: int,
        limit_s: float,
        turns: Callable[[], int] = lambda: 0,
        tell_bytes: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Take the thread's name, how many bytes may wait and for how long; an empty lane takes whatever comes.

        ``turns`` counts what the loop has done; as long as it does nothing there is nobody to give way to.
        ``tell_bytes`` hears how many bytes come, and, below 0, how many go.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=_stand_back)
        self._turns = turns
        self._tell_bytes = tell_bytes
        self._seen, self._seen_s = 0, -_LATELY_S
        self._limit_bytes = limit_bytes
        self._limit_s = limit_s
        self._waiting_bytes = 0
        self._since_s: dict[asyncio.Future[Any], float] = {}

    def check_room(self, size_bytes: int) -> None:
        """Say whether work that holds so many bytes would be taken.

        Raises:
            LaneFullError: it would not.
        """
        if not self._since_s:
            return
        if self._waiting_bytes + size_bytes > self._limit_bytes:
            raise LaneFullError(f"{self._waiting_bytes:,} bytes wait already, of at most {self._limit_bytes:,}")
        waited_s = time.perf_counter() - next(iter(self._since_s.values()))
        if waited_s > self._limit_s:
            raise LaneFullError(f"the first has waited for {waited_s:.3f} s, of at most {self._limit_s:g} s")

    async def run(self, size_bytes: int, work: Callable[[], Result]) -> Result:
        """Do ``work``, which holds so many bytes, in the thread; what it raises is raised here.

        Raises:
            LaneFullError: too much waits already, or for too long.
        """
        self.check_room(size_bytes)
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._add(size_bytes)
        self._since_s[future] = time.perf_counter()

        def done(future: asyncio.Future[Result]) -> None:
            self._add(-size_bytes)
            del self._since_s[future]

        future.add_done_callback(done)
        return await future

    def _add(self, size_bytes: int) -> None:
        self._waiting_bytes += size_bytes
        self._tell_bytes(size_bytes)

    def give_way(self) -> None:
        """Let the loop run now, if it has had anything to do lately; for the work, in the thread."""
        now_s, seen = time.perf_counter(), self._turns()
        if seen != self._seen:
            self._seen, self._seen_s = seen, now_s
        if now_s - self._seen_s < _LATELY_S:
            time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Let go of the thread when its work is done."""
        self._thread.shutdown()


def _stand_back() -> None:
    """Lower the priority of this thread, where the system knows priorities of single threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + _NICE)
