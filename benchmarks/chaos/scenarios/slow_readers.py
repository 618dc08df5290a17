"""Callers who take answers slowly, and callers who ask for far more than they ever take."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress

from benchmarks.chaos.beside import PROMISE, during, quiet, told
from benchmarks.chaos.connections import is_open
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.requests import get
from benchmarks.chaos.result import Result
from service.protocol import UNREAD_TIMEOUT_S

_OF_EACH = 16
_ALLOWANCE_S = 6.0
_TICK_S = 0.2
_SLOWLY_BYTES = 16 * 1024
_ASKED = get("/openapi.json") * 50


def callers_who_read_slowly(plan: Plan) -> Result:
    """Ask while others take little or nothing, until those who take nothing have to be closed."""
    with serving(plan) as service, ExitStack() as stack:
        before = quiet(plan, service.port)
        slow = [stack.enter_context(_wire(service.port)) for _ in range(_OF_EACH)]
        never = [stack.enter_context(_wire(service.port)) for _ in range(_OF_EACH)]
        fates = during(plan, service.port, lambda: _read(slow, never))
        closed, open_still = sum(not is_open(wire) for wire in never), sum(map(is_open, slow))
    return Result(
        done=f"{_OF_EACH} callers take {_SLOWLY_BYTES // 1024} KiB of many answers every {_TICK_S:g} s, "
        f"and {_OF_EACH} take nothing, for up to {UNREAD_TIMEOUT_S + _ALLOWANCE_S:.0f} s",
        promise=f"{PROMISE}, and who takes nothing for {UNREAD_TIMEOUT_S:.0f} s is hung up on, but not "
        "who takes slowly",
        figures=f"{closed} of {_OF_EACH} hung up on who take nothing, {_OF_EACH - open_still} of {_OF_EACH} who take "
        f"slowly; {told(fates, before)}",
        kept=fates.all_right and closed == open_still == _OF_EACH,
    )


def _wire(port: int) -> socket.socket:
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(("127.0.0.1", port))
    wire.setblocking(False)
    return wire


def _read(slow: list[socket.socket], never: list[socket.socket]) -> None:
    end_s = time.perf_counter() + UNREAD_TIMEOUT_S + _ALLOWANCE_S
    while time.perf_counter() < end_s and any(map(is_open, never)):
        for wire in (*slow, *never):
            _ask_for_more(wire)
        for wire in slow:
            _take(wire)
        time.sleep(_TICK_S)


def _ask_for_more(wire: socket.socket) -> None:
    """Send more requests, until the service reads no further: what fits into the system's buffers waits for nobody."""
    with suppress(BlockingIOError, ConnectionError):  # it may have hung up; who still is there is counted at the end
        wire.send(_ASKED)


def _take(wire: socket.socket) -> None:
    """Take some bytes of what has come."""
    left_bytes = _SLOWLY_BYTES
    with suppress(BlockingIOError, ConnectionError):
        while left_bytes and (part := wire.recv(left_bytes)):
            left_bytes -= len(part)
