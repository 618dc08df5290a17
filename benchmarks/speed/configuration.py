"""What was measured with what: machine, versions, commands, settings, sizes. Enough to do it again."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks.load import wrk_command, wrk_version
from benchmarks.speed.cores import CLIENT_CORE, SERVER_CORE
from benchmarks.speed.loads import Load
from benchmarks.speed.mixed import AROUND_S, LARGE_RECORDS
from benchmarks.speed.records import so_many
from benchmarks.speed.targets import commands, service
from benchmarks.speed.turns import TIMEOUT_S, How
from benchmarks.speed.workers import WORKER_CORES, WORKERS
from service.settings import parse

PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "numpy", "ai-edge-litert")


def configuration(bundle: Path, records: list[object], how: How) -> str:
    """Return the section."""
    sizes = [Load(so_many(records, count), 1) for count in (1, 200, 1_000, LARGE_RECORDS)]
    wrk = wrk_command("post.lua", "CONNECTIONS", how.seconds, TIMEOUT_S, "http://127.0.0.1:PORT/predict")
    return f"""{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {_versions()}.

Settings of the service: {_settings(bundle)}.
Bytes of a request's body: {", ".join(f"{load.request} {load.body_bytes:,}" for load in sizes)}.

```
{_lines(bundle)}
taskset -c {CLIENT_CORE} {" ".join(wrk)}
```

The large requests come from one more such wrk on the same core, from {AROUND_S / 2:g} s before the single ones until
{AROUND_S / 2:g} s after them; their records/s are of all that time. Where workers are compared, wrk is not pinned."""


def _versions() -> str:
    return ", ".join([*(f"{name} {version(name)}" for name in PACKAGES), f"wrk {wrk_version()}"])


def _settings(bundle: Path) -> str:
    settings = asdict(parse(service(bundle).with_port(0)[1:], os.environ))
    left_out = ("bundle", "host", "port", "workers")
    return ", ".join(f"{name} {value}" for name, value in settings.items() if name not in left_out)


def _lines(bundle: Path) -> str:
    pinned = [(SERVER_CORE, command) for command in commands(bundle).values()]
    all_cores = ",".join(map(str, WORKER_CORES))
    spread = [(all_cores, service(bundle, workers)) for workers in WORKERS]
    return "\n".join(
        f"taskset -c {cores} python -m {' '.join(command.arguments)}" for cores, command in (*pinned, *spread)
    )
