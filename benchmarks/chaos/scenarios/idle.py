"""Two thousand connections on which nothing happens."""

from __future__ import annotations

import resource
import socket
import time
from contextlib import ExitStack

from benchmarks.chaos.beside import PROMISE, during, quiet, told
from benchmarks.chaos.connections import is_open
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.requests import post, whole
from benchmarks.chaos.result import NotHere, Result

_CONNECTIONS = 2_000
_FILES = _CONNECTIONS + 500
_SECONDS = 4.0
_PATIENCE_S = 10.0


def idle_connections(plan: Plan) -> Result:
    """Ask beside idle connections, and then over each of these.

    Raises:
        NotHere: a process may not have so many files open.
    """
    _allow_files()
    request = post(plan.records[0])
    with serving(plan) as service, ExitStack() as stack:
        before = quiet(plan, service.port)
        wires = [stack.enter_context(_wire(service.port)) for _ in range(_CONNECTIONS)]
        fates = during(plan, service.port, lambda: time.sleep(_SECONDS))
        still_open = sum(map(is_open, wires))
        answered = sum(_is_answered(wire, request) for wire in wires)
    return Result(
        done=f"{_CONNECTIONS:,} connections are open and idle for {_SECONDS:.0f} s and more; then each asks once",
        promise=f"{PROMISE}, and so are the idle ones when they ask",
        figures=f"{still_open:,} still open, {answered:,} of them answered afterwards; {told(fates, before)}",
        kept=fates.all_right and answered == _CONNECTIONS,
    )


def _allow_files() -> None:
    """Raise the limit of open files, which the service inherits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FILES:
        raise NotHere(f"A process may have {hard:,} files open here, and this needs {_FILES:,} (ulimit -Hn).")
    if soft != resource.RLIM_INFINITY and soft < _FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, hard))


def _wire(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), _PATIENCE_S)


def _is_answered(wire: socket.socket, request: bytes) -> bool:
    received = b""
    try:
        wire.sendall(request)
        while (answer := whole(received)) is None:
            part = wire.recv(65_536)
            if not part:
                return False
            received += part
    except OSError:  # closed, or no answer within the patience: the count tells of it
        return False
    return answer.status == 200
