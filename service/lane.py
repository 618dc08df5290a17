"""A thread for work that is too long for the event loop, and a bound on the bytes that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class LaneFullError(Exception):
    """As much waits already as may wait; the work was not begun."""

    def __init__(self, waiting_bytes: int, limit_bytes: int) -> None:
        """Take how much waits, and how much may."""
        super().__init__(f"{waiting_bytes:,} bytes wait already, of at most {limit_bytes:,}")


class Lane:
    """One thread, which starts when it is first needed, and the work that waits for it, in order."""

    def __init__(self, name: str, limit_bytes: int) -> None:
        """Take the thread's name, and how many bytes may wait; what comes to an empty lane is always taken."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._limit_bytes = limit_bytes
        self._waiting_bytes = 0

    async def run(self, size_bytes: int, work: Callable[[], Result]) -> Result:
        """Do ``work``, which holds so many bytes, in the thread; what it raises is raised here.

        Raises:
            LaneFullError: too much waits already.
        """
        if self._waiting_bytes and self._waiting_bytes + size_bytes > self._limit_bytes:
            raise LaneFullError(self._waiting_bytes, self._limit_bytes)
        self._waiting_bytes += size_bytes
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        future.add_done_callback(lambda _: self._done(size_bytes))
        return await future

    def _done(self, size_bytes: int) -> None:
        self._waiting_bytes -= size_bytes

    def close(self) -> None:
        """Let go of the thread when its work is done."""
        self._thread.shutdown()
