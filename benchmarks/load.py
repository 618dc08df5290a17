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


def run(script: Path, port: int, *, connections: int, seconds: float, core: int) -> Figures:
    """Load ``/predict`` on a port; every answer has to be a 200."""
    url = f"http://127.0.0.1:{port}/predict"
    command = [
        "taskset",
        "-c",
        str(core),
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--latency",
        "-s",
        str(script),
        url,
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text, text
    assert "Socket errors" not in text, text
    per_s = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert per_s, text
    return Figures(float(per_s[1]), _latency_ms(text, 50), _latency_ms(text, 99))


def _latency_ms(text: str, percent: int) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s|m)\b", text)
    assert found, text
    return float(found[1]) * _SCALE[found[2]]
