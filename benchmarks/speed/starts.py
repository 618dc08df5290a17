"""From start to ready, and to the first right answer."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Running
from benchmarks.speed.cores import SERVER_CORE
from benchmarks.speed.targets import running, service
from churn.bundle import open_bundle

_PATIENCE_S = 60.0


class WrongAnswer(Exception):
    """The service answered a golden record with another probability, or not at all."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the service."""

    ready_s: float
    first_right_answer_s: float
    resident_mb: float


def start_and_stop(bundle: Path) -> Start:
    """Start the service, and ask it one golden record until it answers."""
    golden = open_bundle(bundle).golden
    record, expected, tolerance = golden["records"][0], golden["probabilities"][0], golden["tolerance"]
    with running(service(bundle), [SERVER_CORE]) as server:
        given = _first_answer(server, json.dumps([record]).encode())
        answered_s = time.perf_counter() - server.begun_s
        if not abs(given - expected) <= tolerance:
            raise WrongAnswer(f"The first answer was {given:.6f} where {expected:.6f} is right (to {tolerance:g}).")
        return Start(server.ready_after_s, answered_s, server.resident_mb())


def _first_answer(server: Running, body: bytes) -> float:
    """Return the probability of the first answer that is a 200."""
    status = 0
    while time.perf_counter() < server.begun_s + _PATIENCE_S:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_S)
        try:
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            status, text = response.status, response.read()
        finally:
            connection.close()
        if status == 200:
            return float(json.loads(text)["predictions"][0]["churn_probability"])
        time.sleep(0.005)
    raise WrongAnswer(f"The service, which is ready, answered {status} for {_PATIENCE_S:.0f} s where 200 is right.")
