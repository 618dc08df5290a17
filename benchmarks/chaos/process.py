"""A service of one scenario: started on a free port, ended with all its processes whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.chaos.plan import Plan
from benchmarks.servers import await_ready, free_port

PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers, with its log in a file that goes when it ends."""

    port: int
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def await_workers(self, workers: int) -> None:
        """Wait until the log has told of so many more workers that are ready; reads on where it stopped before.

        Raises:
            TimeoutError: there were fewer.
        """
        end_s, left = time.perf_counter() + PATIENCE_S, workers
        while left:
            line = self.log.readline()
            if line.endswith(b"\n"):
                left -= b'"event":"ready"' in line
            elif time.perf_counter() > end_s:
                raise TimeoutError(f"{left} of {workers} workers did not become ready within {PATIENCE_S:.0f} s.")
            else:  # the rest of the line is read with the next look
                self.log.seek(-len(line), os.SEEK_CUR)
                time.sleep(_LOOK_EVERY_S)

    def requests(self) -> list[dict[str, Any]]:
        """Return the lines of the log that tell of requests, all of them."""
        self.log.seek(0)
        return [json.loads(line) for line in self.log if b'"event":"request"' in line]

    def workers(self) -> list[int]:
        """Return the processes that the service has started."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def stop(self) -> float:
        """Ask it to stop; return after how many seconds it had.

        Raises:
            RuntimeError: it ended with another code than 0.
            TimeoutExpired: it did not end.
        """
        begun_s = time.perf_counter()
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        took_s = time.perf_counter() - begun_s
        if code != 0:
            raise RuntimeError(f"The service ended with code {code} when it was asked to stop; 0 would be right.")
        return took_s


@contextmanager
def serving(
    plan: Plan,
    *options: str,
    stdout: int | IO[bytes] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """Run the service until the block ends; ``stdout`` is where the log goes instead of to a file of its own."""
    port = free_port()
    with tempfile.TemporaryFile() as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", str(plan.bundle), "--port", str(port), *options],
            stdin=subprocess.DEVNULL,
            stdout=written if stdout is None else stdout,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            await_ready(process, port, "/health/ready")
            with Path(f"/proc/self/fd/{written.fileno()}").open("rb") as log:  # with a place of its own to read at
                yield Service(port, process, log)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and its workers; who has ended by themselves is not there any more."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)
