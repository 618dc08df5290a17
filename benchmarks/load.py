"""wrk, the load generator: one command, three figures."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_LUA = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
"""
_SCALE = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class NoTool(Exception):
    """Something that the benchmark needs is not on this machine."""


class RunFailed(Exception):
    """A server did not answer as it has to while it was loaded; the text goes on from the server's name."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: requests a second, and the latencies that 50 % and 99 % stayed below, in ms."""

    per_s: float
    p50_ms: float
    p99_ms: float


def need_tools() -> None:
    """Raise NoTool, with what to do, unless the benchmark can run here."""
    if shutil.which("wrk") is None:
        raise NoTool(
            "The benchmark needs wrk, the load generator: apt-get install wrk (Debian, Ubuntu), brew install wrk."
        )
    if shutil.which("taskset") is None:
        raise NoTool("The benchmark pins server and client to a core each with taskset (util-linux), which Linux has.")
    if (os.cpu_count() or 1) < 2:
        raise NoTool("The benchmark needs two cores: one for the server, one for the client.")


def write_script(folder: Path, records: object) -> Path:
    """Write the wrk script that posts ``records``."""
    body = folder / "body.json"
    body.write_text(json.dumps(records), encoding="utf-8")
    script = folder / "post.lua"
    script.write_text(_LUA.format(body=body), encoding="utf-8")
    return script


def run(
    script: Path,
    port: int,
    *,
    connections: int,
    seconds: int,
    core: int | None,
    path: str = "/predict",
    timeout_s: int = 2,
) -> Figures:
    """Load a server from a core (None: from any); raise RunFailed unless every answer is a 200 within the timeout."""
    command = wrk_command(str(script), connections, seconds, timeout_s, f"http://127.0.0.1:{port}{path}")
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    figures = read(subprocess.run([*pinned, *command], capture_output=True, text=True, check=True).stdout)
    if figures.per_s == 0:
        raise RunFailed(f"answered nothing within {seconds} s over {connections} connections.")
    return figures


def wrk_command(script: str, connections: int | str, seconds: int, timeout_s: int, url: str) -> list[str]:
    """Return the command line of a run; wrk takes whole seconds only."""
    options = [f"-c{connections}", f"-d{seconds}s", "--timeout", f"{timeout_s}s", "--latency"]
    return ["wrk", "-t1", *options, "-s", script, url]


def wrk_version() -> str:
    """Return what wrk says of its version, which it says with an exit code of 1."""
    return subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout.split()[1]


def read(text: str) -> Figures:
    """Read what wrk printed; raise RunFailed where it tells of another answer than a 200."""
    bad = re.search(r"(Non-2xx or 3xx responses: \d+|Socket errors: .*)", text)
    if bad:
        raise RunFailed(f"failed under load: {bad[1]}")
    per_s = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert per_s, text
    return Figures(float(per_s[1]), latency_ms(text, 50), latency_ms(text, 99))


def latency_ms(text: str, percent: int) -> float:
    """Return the latency that so many percent of the answers stayed below."""
    found = re.search(rf"\b{percent}%\s+([\d.]+)(us|ms|s|m)\b", text)
    assert found, text
    return float(found[1]) * _SCALE[found[2]]
