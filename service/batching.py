"""Micro-batching: what arrives while the event loop is busy is worked on in one go.

It knows no model and no HTTP: items go in one by one, work is done on several, and each caller gets their own
result. There is no timer: what has come is worked on as soon as the loop comes round, and what comes alone at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Generic, NamedTuple, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Given_contra = TypeVar("Given_contra", contravariant=True)


class Waiter(Protocol[Given_contra]):
    """Who waits for a result: an ``asyncio.Future``, or anything else that can be told."""

    def done(self) -> bool:
        """Say whether nobody waits any more."""
        ...

    def set_result(self, result: Given_contra, /) -> None:
        """Take the result."""
        ...

    def set_exception(self, error: Exception, /) -> None:
        """Take the error that came instead."""
        ...


class QueueFullError(Exception):
    """As much waits already as may wait, or for as long; the item was not taken."""


class _Waiting(NamedTuple, Generic[Item, Result]):
    item: Item
    rows: int
    waiter: Waiter[Result]
    since_s: float


class Batcher(Generic[Item, Result]):
    """Gathers items, each of some rows, and has ``work`` done on several of them at once.

    An error stays with the item that made it: where work on several fails, each is worked on alone. A caller who
    leaves disturbs nobody; what is left undone is theirs alone. All in one event loop, none of it in threads.

    A round is what arrives between two turns of the loop. After a round of one item the next item is worked on at
    once, for nothing else is to be expected; if more come after all, they wait for the end of their round.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        at_once_rows: int,
        limit_rows: int,
        limit_s: float,
        all_told: Callable[[], None] = lambda: None,
        tell_left: Callable[[int], object] = lambda _: None,
    ) -> None:
        """``work`` gives a result for each item, in order; ``all_told`` is called when each waiter has theirs.

        ``tell_left`` hears how many rows a round left over for the next, when that is not as many as before.
        ``at_once_rows`` are worked on before the loop gets to do other things. Nothing more is taken while
        ``limit_rows`` wait, or when the one in front has waited ``limit_s``; an empty queue takes whatever comes.
        """
        self._work = work
        self._at_once_rows = at_once_rows
        self._limit_rows = limit_rows
        self._limit_s = limit_s
        self._all_told = all_told
        self._tell_left = tell_left
        self._left_rows = 0
        self._queue: deque[_Waiting[Item, Result]] = deque()
        self._rows = 0
        self._items = self._last_items = 0
        self.rounds = 0
        """How many rounds there have been."""
        self._is_open = False

    def check_room(self, rows: int = 1) -> None:
        """Say whether so many rows would be taken.

        Raises:
            QueueFullError: they would not.
        """
        if not self._queue:
            return
        if self._rows + rows > self._limit_rows:
            raise QueueFullError(f"{self._rows:,} records wait already, of at most {self._limit_rows:,}")
        waited_s = perf_counter() - self._queue[0].since_s
        if waited_s > self._limit_s:
            raise QueueFullError(f"the first has waited for {waited_s:.3f} s, of at most {self._limit_s:g} s")

    def submit(self, item: Item, rows: int, waiter: Waiter[Result]) -> None:
        """Take an item; its waiter is told at the end of the round, or now.

        Raises:
            QueueFullError: too much waits already, or for too long.
        """
        self.check_room(rows)
        self._items += 1
        if not self._is_open:
            self._is_open = True
            asyncio.get_running_loop().call_soon(self._end_round)
            if self._last_items == 1:
                self._answer_here([(item, waiter)])
                return
        self._queue.append(_Waiting(item, rows, waiter, perf_counter()))
        self._rows += rows

    def _end_round(self) -> None:
        self.rounds += 1
        self._last_items, self._items = self._items, 0
        waiting = self._take()
        if self._rows != self._left_rows:
            self._left_rows = self._rows
            self._tell_left(self._rows)
        self._is_open = bool(self._queue)
        if self._is_open:
            asyncio.get_running_loop().call_soon(self._end_round)
        self._answer_here(waiting)

    def _take(self) -> list[tuple[Item, Waiter[Result]]]:
        """Take from the front as much as is worked on at once, one item at least."""
        taken: list[tuple[Item, Waiter[Result]]] = []
        room = self._at_once_rows
        while self._queue and (not taken or self._queue[0].rows <= room):
            first = self._queue.popleft()
            taken.append((first.item, first.waiter))
            room -= first.rows
            self._rows -= first.rows
        return taken

    def _answer_here(self, waiting: Sequence[tuple[Item, Waiter[Result]]]) -> None:
        """Answer those who are still here; whoever left is not worked for."""
        here = [(item, waiter) for item, waiter in waiting if not waiter.done()]
        if here:
            self._answer(here)
            self._all_told()

    def _answer(self, waiting: Sequence[tuple[Item, Waiter[Result]]]) -> None:
        try:
            results = self._work([item for item, _ in waiting])
        except Exception as error:  # noqa: BLE001  it is the callers' to handle
            if len(waiting) == 1:
                waiting[0][1].set_exception(error)
            else:
                for one in waiting:
                    self._answer([one])
            return
        for (_, waiter), result in zip(waiting, results, strict=True):
            waiter.set_result(result)
