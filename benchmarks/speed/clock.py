"""An open loop: requests are sent by the clock, whether answers come or not.

A client that waits for an answer before it sends the next request slows down with the server, and so hides what a
queue does. Here each request has its time, and its latency counts from then.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
CONNECTIONS = 1_000
_PATIENCE_S = 2.0


@dataclass(slots=True)
class Tally:
    """What came of the requests: latencies by status, how many could not be sent or were never answered.

    ``without_retry_after`` counts the 429 that did not say when to come again.
    """

    latencies_s: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0
    lost: int = 0
    without_retry_after: int = 0


class _Caller(asyncio.Protocol):
    """A connection with one request under way at a time."""

    def __init__(self, tally: Tally, idle: deque[_Caller]) -> None:
        self._tally = tally
        self._idle = idle
        self._due_s = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._idle.append(self)

    def send(self, request: bytes, due_s: float) -> None:
        self._due_s = due_s
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(_HEAD_END)
        length = _LENGTH.search(self._received, 0, end) if end >= 0 else None
        if length is None or len(self._received) < end + len(_HEAD_END) + int(length[1]):
            return
        head, self._received = self._received[:end], b""
        status = int(head[9:12])
        self._tally.latencies_s.setdefault(status, []).append(time.perf_counter() - self._due_s)
        if status == 429 and b"retry-after" not in head:
            self._tally.without_retry_after += 1
        self._idle.append(self)


async def _send(port: int, request: bytes, per_s: float, seconds: float, connections: int) -> Tally:
    loop, tally, idle = asyncio.get_running_loop(), Tally(), deque[_Caller]()
    callers = [
        await loop.create_connection(lambda: _Caller(tally, idle), "127.0.0.1", port) for _ in range(connections)
    ]
    await _warm_up([caller for _, caller in callers], request, idle)
    tally.latencies_s.clear()
    begun_s, due = time.perf_counter(), 0
    while (now_s := time.perf_counter()) < begun_s + seconds:
        while begun_s + due / per_s <= now_s:
            if idle:
                idle.popleft().send(request, begun_s + due / per_s)
            else:
                tally.unsent += 1
            due += 1
        await asyncio.sleep(0.001)
    await asyncio.sleep(_PATIENCE_S)
    tally.lost += connections - len(idle)
    for transport, _ in callers:
        transport.abort()
    await asyncio.sleep(0.1)  # for the loop to let go of them
    return tally


async def _warm_up(callers: list[_Caller], request: bytes, idle: deque[_Caller]) -> None:
    """Send one request over each connection, one after the other.

    The system gives a new connection little room; of a large body that comes suddenly it drops a part, which is sent
    again a second later. That says nothing of the server.
    """
    for caller in callers:
        idle.remove(caller)
        sent_s = time.perf_counter()
        caller.send(request, sent_s)
        while caller not in idle and time.perf_counter() < sent_s + _PATIENCE_S:  # noqa: ASYNC110  it has nobody to tell
            await asyncio.sleep(0.0005)


def send_by_the_clock(port: int, request: bytes, per_s: float, seconds: float, connections: int = CONNECTIONS) -> Tally:
    """Send ``request`` so often for so long, over ``connections`` of which each has one request under way at a time.

    What is not answered two seconds after the end counts as lost.
    """
    return uvloop.run(_send(port, request, per_s, seconds, connections))
