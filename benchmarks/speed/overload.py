"""Overload: several times as many requests as the service can answer, without regard to its answers."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from benchmarks.speed.clock import CONNECTIONS, Tally, send_by_the_clock
from benchmarks.speed.cores import CLIENT_CORE, SERVER_CORE
from benchmarks.speed.records import so_many
from benchmarks.speed.targets import running, service

RECORDS = 200
"""Of each request: what CRM platforms send."""
TIMES = (0.5, 2, 5)
"""What is sent, as a multiple of what the service can answer."""
OK, TOO_BUSY = 200, 429


@dataclass(frozen=True, slots=True)
class Overload:
    """What came of requests at a multiple of the capacity, in requests a second."""

    times: float
    capacity_per_s: float
    seconds: float
    tally: Tally

    @property
    def goodput(self) -> float:
        """How many were answered well, as a multiple of the capacity."""
        return len(self.tally.latencies_s.get(OK, [])) / self.seconds / self.capacity_per_s

    def p99_ms(self, status: int) -> float | None:
        """Return the latency that 99 % of the answers with a status stayed below; None where there are few."""
        latencies_s = self.tally.latencies_s.get(status, [])
        return quantiles(latencies_s, n=100)[-1] * 1000 if len(latencies_s) >= 100 else None


def measure_overload(
    bundle: Path,
    records: list[object],
    capacity_per_s: float,
    seconds: float,
    *,
    times: Sequence[float] = TIMES,
    connections: int = CONNECTIONS,
    options: Sequence[str] = (),
) -> Sequence[Overload]:
    """Send multiples of ``capacity_per_s`` requests a second to a service of its own, each for so long.

    The capacity is what a closed loop found with the same requests; ``options`` are further ones of the service.
    """
    body = json.dumps(so_many(records, RECORDS)).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    request = head % len(body) + body
    found = []
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    try:
        for multiple in times:
            with running(service(bundle, 1, *options), [SERVER_CORE]) as server:
                tally = send_by_the_clock(server.port, request, multiple * capacity_per_s, seconds, connections)
            found.append(Overload(multiple, capacity_per_s, seconds, tally))
    finally:
        os.sched_setaffinity(0, before)
    return found


def told() -> str:
    """Say what is sent."""
    return f"""Requests of {RECORDS} records over {CONNECTIONS:,} connections, sent by the clock whether answers come or
not, `--max-wait-ms` as by default. A latency counts from when a request was due. Reading what is refused costs
processor time, too: that is what the goodput lacks."""
