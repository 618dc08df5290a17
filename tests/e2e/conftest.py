"""Real processes of the service, started as a user starts them."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from churn.bundle import open_bundle

PROJECT = Path(__file__).parents[2]
PATIENCE_S = 30.0


def wait_until(true: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    pytest.fail(f"waited {PATIENCE_S} s in vain for {what}")


_PATIENT = {"CHURN_MAX_WAIT_MS": "20000"}
"""Nobody is sent away with 429 because the machine has other work; a test of that says how long one may wait."""


class Service:
    """One ``churn-serve`` process on a free port, with its log in a file."""

    def __init__(self, folder: Path, *arguments: str, **options: Any) -> None:
        self.out, self.err = folder / "stdout", folder / "stderr"
        env = {**os.environ, "PYTHONPATH": str(PROJECT), **_PATIENT, **options.pop("env", {})}
        module = options.pop("module", "service")
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], stdout=out, stderr=err, env=env, cwd=folder, **options
            )
        self.port = 0

    def events(self) -> list[dict[str, Any]]:
        """Every line of the log; each has to be JSON."""
        return [json.loads(line) for line in self.out.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def await_listening(self) -> "Service":
        def url() -> str | None:
            assert self.process.poll() is None, self.err.read_text()
            return next((event["url"] for event in self.events() if event["event"] == "listening"), None)

        self.port = int(wait_until(url, "the port").rpartition(":")[2])
        return self

    def await_ready(self) -> "Service":
        self.await_listening()
        wait_until(lambda: self.ask("GET", "/health/ready")[0] == 200, "readiness")
        return self

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = self.connect()
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"content-type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if "json" in answer.headers["content-type"] else content.decode()
        finally:
            connection.close()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services; whatever still runs at the end of the test is ended."""
    started: list[Service] = []

    def start(*arguments: str | Path, **options: Any) -> Service:
        folder = tmp_path / f"service{len(started)}"
        folder.mkdir()
        started.append(Service(folder, *map(str, arguments), **options))
        return started[-1]

    yield start
    for service in started:
        service.end()


@pytest.fixture(scope="session")
def golden(shipped_bundle: Path) -> dict[str, Any]:
    """The golden rows of the shipped bundle: records and probabilities."""
    return dict(open_bundle(shipped_bundle).golden)
