"""Callers who ask for as long as a block runs: each over one connection, one request under way at a time.

A caller whose connection ends makes a new one at once. They live in a thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from types import TracebackType
from typing import Self, cast

import uvloop

from benchmarks.chaos.fates import Fates, Lost
from benchmarks.chaos.requests import whole

PATIENCE_S = 10.0
"""What has had no answer for so long after the end counts as lost."""
_LOOK_EVERY_S = 0.02
_CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Kind:
    """Callers of one kind: how many, what they send, how long they pause after an answer, and the right status."""

    name: str
    request: bytes
    callers: int
    pause_s: float = 0.0
    right: int = 200


class Load:
    """The callers of several kinds, and what became of what they sent; a context manager."""

    def __init__(self, port: int, kinds: Iterable[Kind], *, until_refused: bool = False) -> None:
        """Call nobody yet. With ``until_refused`` a caller ends when nobody listens any more, else tries again."""
        self._port = port
        self._kinds = list(kinds)
        self._until_refused = until_refused
        self.fates = {kind.name: Fates(kind.right) for kind in self._kinds}
        self._over = Event()
        self._wires: set[_Wire] = set()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        self._ended = self._thread.submit(lambda: uvloop.run(self._run()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let every caller take the answer that it waits for, and end."""
        self._over.set()
        self._thread.shutdown(wait=True)
        self._ended.result()

    def await_refused(self) -> None:
        """Wait until every caller has found that nobody listens any more.

        Raises:
            TimeoutError: somebody still listens.
        """
        self._ended.result(PATIENCE_S)

    def await_answers(self, count: int) -> None:
        """Wait until the callers of each kind have had so many answers.

        Raises:
            TimeoutError: they did not come.
        """
        end_s = time.perf_counter() + PATIENCE_S
        while any(fates.answered < count for fates in self.fates.values()):
            if time.perf_counter() > end_s:
                raise TimeoutError(f"Callers waited {PATIENCE_S:.0f} s in vain for {count} answers.")
            time.sleep(_LOOK_EVERY_S)

    async def _run(self) -> None:
        calls = [asyncio.create_task(self._call(kind)) for kind in self._kinds for _ in range(kind.callers)]
        while not self._over.is_set() and not all(call.done() for call in calls):  # noqa: ASYNC110  a thread sets it
            await asyncio.sleep(_LOOK_EVERY_S)
        await asyncio.wait(calls, timeout=PATIENCE_S)
        for wire in tuple(self._wires):
            wire.give_up()
        await asyncio.gather(*calls)

    async def _call(self, kind: Kind) -> None:
        loop, fates = asyncio.get_running_loop(), self.fates[kind.name]
        while not self._over.is_set():
            try:
                async with asyncio.timeout(_CONNECT_S):
                    _, wire = await loop.create_connection(
                        lambda: _Wire(kind, fates, self._over), "127.0.0.1", self._port
                    )
            except OSError:
                fates.refused += 1
                if self._until_refused:
                    return
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            self._wires.add(wire)
            await wire.gone
            self._wires.discard(wire)


class _Wire(asyncio.Protocol):
    """One connection of one caller."""

    def __init__(self, kind: Kind, fates: Fates, over: Event) -> None:
        self._kind = kind
        self._fates = fates
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._asked_s: float | None = None
        self._received = b""
        self.gone: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._local_port: int = transport.get_extra_info("sockname")[1]
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        answer = whole(self._received)
        if answer is None or self._asked_s is None:
            return
        self._fates.latencies_s.append(time.perf_counter() - self._asked_s)
        self._fates.statuses[answer.status] += 1
        self._asked_s, self._received = None, b""
        if answer.closes:
            self._transport.close()
        elif self._kind.pause_s:
            self._loop.call_later(self._kind.pause_s, self._ask)
        else:
            self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if self._asked_s is not None:
            self._fates.lost.append(Lost(self._local_port, len(self._received)))
        if not self.gone.done():
            self.gone.set_result(None)

    def give_up(self) -> None:
        self._transport.abort()

    def _ask(self) -> None:
        if self.gone.done():
            return
        if self._over.is_set():
            self._transport.close()
            return
        self._asked_s = time.perf_counter()
        self._transport.write(self._kind.request)
