"""Micro-batching: what arrives while the event loop is busy is worked on in one go.

It knows no model and no HTTP: items go in one by one, work is done on several, and each caller gets their own
result. There is no timer: the first item is worked on as soon as the loop comes round, alone if nothing else came.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class QueueFullError(Exception):
    """As many rows wait already as may wait; the item was not taken."""


class Batcher(Generic[Item, Result]):
    """Gathers items, each of some rows, and has ``work`` done on several of them at once.

    An error stays with the item that made it: where work on several fails, each is worked on alone. A caller who
    leaves disturbs nobody; what is left undone is theirs alone. All in one event loop, none of it in threads.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]], at_once_rows: int, limit_rows: int) -> None:
        """``work`` gives a result for each item, in order.

        ``at_once_rows`` are worked on before the loop gets to do other things; ``limit_rows`` may wait, beside
        what comes to an empty queue.
        """
        self._work = work
        self._at_once_rows = at_once_rows
        self._limit_rows = limit_rows
        self._queue: deque[tuple[Item, int, asyncio.Future[Result]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rows = 0

    def submit(self, item: Item, rows: int) -> asyncio.Future[Result]:
        """Take an item; its result comes when the loop has come round.

        Raises:
            QueueFullError: too many rows wait already.
        """
        if not self._queue:
            self._loop = asyncio.get_running_loop()  # a system call, which not every item has to make
            self._loop.call_soon(self._run)
        elif self._rows + rows > self._limit_rows:
            raise QueueFullError(f"{self._rows:,} records wait already, of at most {self._limit_rows:,}")
        assert self._loop is not None  # noqa: S101  whatever is in the queue has set it
        result: asyncio.Future[Result] = self._loop.create_future()
        self._queue.append((item, rows, result))
        self._rows += rows
        return result

    def _run(self) -> None:
        waiting = self._take()
        if self._queue:
            asyncio.get_running_loop().call_soon(self._run)
        here = [(item, result) for item, result in waiting if not result.done()]  # whoever left is not worked for
        if here:
            self._answer(here)

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        """Take from the front as much as is worked on at once, one item at least."""
        taken: list[tuple[Item, asyncio.Future[Result]]] = []
        room = self._at_once_rows
        while self._queue and (not taken or self._queue[0][1] <= room):
            item, rows, result = self._queue.popleft()
            taken.append((item, result))
            room -= rows
            self._rows -= rows
        return taken

    def _answer(self, waiting: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = self._work([item for item, _ in waiting])
        except Exception as error:  # noqa: BLE001  it is the callers' to handle
            if len(waiting) == 1:
                waiting[0][1].set_exception(error)
            else:
                for one in waiting:
                    self._answer([one])
            return
        for (_, future), result in zip(waiting, results, strict=True):
            future.set_result(result)
