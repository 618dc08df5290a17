"""Starting a server pinned to cores, and what it costs: time until ready, resident memory."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers; ``begun_s`` is when it was started, by ``time.perf_counter()``."""

    port: int
    pid: int
    begun_s: float
    ready_after_s: float

    def resident_mb(self) -> float:
        """Return the resident memory now, in MB (10^6 bytes)."""
        return resident_mb(self.pid)


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process now, in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kib = next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]
    return int(kib) * 1024 / 1e6


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def started(arguments: Sequence[str], port: int, ready_path: str, *cores: int) -> Iterator[Running]:
    """Run ``python -m arguments`` on cores until the block ends; ready when ``ready_path`` answers below 500."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", ",".join(map(str, cores)), sys.executable, "-m", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_ready(process, port, ready_path)
        yield Running(port, process.pid, begun, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(30)


def await_ready(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Wait until a server answers a path below 500.

    Raises:
        TimeoutError: it did not within a minute.
        AssertionError: it ended.
    """
    end = time.perf_counter() + _PATIENCE_S
    while time.perf_counter() < end:
        assert process.poll() is None, f"the server ended with code {process.returncode}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status < 500:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.005)
    raise TimeoutError(f"port {port} was not ready within {_PATIENCE_S} s")
