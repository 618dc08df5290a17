"""A thread for work that is too long for the event loop, and bounds on what waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, TypeVar

Result = TypeVar("Result")


class LaneFullError(Exception):
    """As much waits already as may wait, or for as long; the work was not begun."""


class Lane:
    """One thread, which starts when it is first needed, and the work that waits for it, in order."""

    def __init__(self, name: str, limit_bytes: int, limit_s: float) -> None:
        """Take the thread's name, how many bytes may wait and for how long; an empty lane takes whatever comes."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
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
        waited_s = perf_counter() - next(iter(self._since_s.values()))
        if waited_s > self._limit_s:
            raise LaneFullError(f"the first has waited for {waited_s:.3f} s, of at most {self._limit_s:g} s")

    async def run(self, size_bytes: int, work: Callable[[], Result]) -> Result:
        """Do ``work``, which holds so many bytes, in the thread; what it raises is raised here.

        Raises:
            LaneFullError: too much waits already, or for too long.
        """
        self.check_room(size_bytes)
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._waiting_bytes += size_bytes
        self._since_s[future] = perf_counter()

        def done(future: asyncio.Future[Result]) -> None:
            self._waiting_bytes -= size_bytes
            del self._since_s[future]

        future.add_done_callback(done)
        return await future

    def close(self) -> None:
        """Let go of the thread when its work is done."""
        self._thread.shutdown()
