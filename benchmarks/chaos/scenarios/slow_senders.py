"""Callers who send a byte a second: of a head, of a body, and of a body that they never end."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from benchmarks.chaos.beside import PROMISE, during, quiet, told
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.requests import post, whole
from benchmarks.chaos.result import Result
from service.api.body import STALL_TIMEOUT_S
from service.protocol import HEAD_TIMEOUT_S

_OF_EACH = 32
_ALLOWANCE_S = 6.0
_SLOWLY = 15
"""So many bytes come one by one, in as many seconds, where the caller ends or gives up."""
OK, LATE = 200, 408


@dataclass(slots=True)
class _Sender:
    wire: socket.socket
    left: bytes
    received: bytes = b""

    @property
    def status(self) -> int | None:
        answer = whole(self.received)
        return None if answer is None else answer.status

    def go_on(self) -> None:
        """Send the next byte, and take what has come."""
        with suppress(BlockingIOError):
            self.received += self.wire.recv(65_536)
        if self.left and self.status is None:
            self.wire.send(self.left[:1])
            self.left = self.left[1:]


def callers_who_send_slowly(plan: Plan) -> Result:
    """Ask while others send a byte a second, until all of them have their answer."""
    request = post(plan.records[0])
    begun, rest = request[:-_SLOWLY], request[-_SLOWLY:]
    with serving(plan) as service, ExitStack() as stack:
        before = quiet(plan, service.port)

        def senders(first: bytes, then: bytes) -> list[_Sender]:
            return [_Sender(stack.enter_context(_wire(service.port, first)), then) for _ in range(_OF_EACH)]

        heads, stalled, ended = senders(b"", request[:100]), senders(begun, rest[:-1]), senders(begun, rest)
        fates = during(plan, service.port, lambda: _send([*heads, *stalled, *ended]))
    late = [sum(one.status == LATE for one in some) for some in (heads, stalled)]
    answered = sum(one.status == OK for one in ended)
    return Result(
        done=f"{_OF_EACH} callers send a head at a byte a second; {_OF_EACH} the last {_SLOWLY} bytes of a body, but "
        f"not the very last; {_OF_EACH} all of them",
        promise=f"{PROMISE}; 408 for a head that takes {HEAD_TIMEOUT_S:.0f} s and for a body of which nothing comes "
        f"for {STALL_TIMEOUT_S:.0f} s, 200 for a body that comes slowly",
        figures=f"408 for {late[0]} of {_OF_EACH} heads and {late[1]} of {_OF_EACH} bodies that stopped, 200 for "
        f"{answered} of {_OF_EACH} that came slowly; {told(fates, before)}",
        kept=fates.all_right and [*late, answered] == [_OF_EACH] * 3,
    )


def _wire(port: int, first: bytes) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port))
    wire.sendall(first)
    wire.setblocking(False)
    return wire


def _send(senders: list[_Sender]) -> None:
    due_s = time.perf_counter()
    end_s = due_s + max(HEAD_TIMEOUT_S, _SLOWLY + STALL_TIMEOUT_S) + _ALLOWANCE_S
    while due_s < end_s and any(sender.status is None for sender in senders):
        for sender in senders:
            sender.go_on()
        due_s += 1
        time.sleep(max(0.0, due_s - time.perf_counter()))
