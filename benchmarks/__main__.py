"""``make bench``: the service beside the socket alone, and beside a bare FastAPI endpoint.

All servers run at once on one core, and are loaded in turns from another, so that what disturbs the machine
disturbs all alike. Figures are medians; writes benchmarks/RESULTS.md. About seven minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.load import Figures, NoTool, need_tools, run, write_script
from benchmarks.servers import Running, free_port, started
from churn.bundle import open_bundle
from churn.errors import BadInput
from churn.scoring import Scorer

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "numpy", "ai-edge-litert")
SERVER_CORE, CLIENT_CORE = 0, 1
OURS, SOCKET, BARE = "service", "the socket alone", "bare FastAPI"


def main() -> int:
    """Measure and write; return 0, or 2 where this machine cannot measure."""
    given = _parser().parse_args()
    try:
        need_tools()
        records = ordinary_records(given.bundle)
    except (NoTool, BadInput) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    text = measure(given.bundle, records, given.rounds, given.seconds)
    given.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("artifacts/telco"))
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement (default 5)")
    parser.add_argument("--seconds", type=float, default=5, help="seconds of each run (default 5)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where to write the results")
    return parser


def ordinary_records(path: Path) -> list[object]:
    """Return the golden records that there is nothing to say of; the others are odd on purpose."""
    bundle = open_bundle(path)
    scorer = Scorer.open(bundle)
    records = bundle.golden["records"]
    warned = scorer.warnings(scorer.read(records))
    return [record for index, record in enumerate(records) if index not in warned]


def measure(bundle: Path, records: list[object], rounds: int, seconds: float) -> str:
    """Run everything; return the page."""
    starts = [_start_and_stop(bundle) for _ in range(rounds)]
    with ExitStack() as stack:
        servers = {name: stack.enter_context(server) for name, server in _servers(bundle).items()}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        single = [Load("one record", records[:1], connections) for connections in (1, 16, 64)]
        many = [Load("200 records", _so_many(records, 200), 16), Load("1,000 records", _so_many(records, 1_000), 2)]
        rows = [_in_turns(folder, load, servers, rounds, seconds) for load in single]
        rows += [_in_turns(folder, load, {n: servers[n] for n in (OURS, BARE)}, rounds, seconds) for load in many]
        loaded_mb = servers[OURS].resident_mb()
    return _page(f"{bundle}, {rounds} rounds of {seconds:g} s", rows, starts, loaded_mb)


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: records of a request, and over how many connections at once."""

    name: str
    records: list[object]
    connections: int


Turns = tuple[Load, dict[str, list[Figures]]]


def _servers(bundle: Path) -> dict[str, AbstractContextManager[Running]]:
    ports = {name: free_port() for name in (OURS, SOCKET, BARE)}
    commands = {
        OURS: (["service", str(bundle), "--port", str(ports[OURS]), "--drain-s", "0"], "/health/ready"),
        SOCKET: (["benchmarks.socket_alone", str(ports[SOCKET])], "/"),
        BARE: (["benchmarks.bare", str(bundle), str(ports[BARE])], "/openapi.json"),
    }
    return {name: started(command, ports[name], path, SERVER_CORE) for name, (command, path) in commands.items()}


def _so_many(records: list[object], count: int) -> list[object]:
    return (records * (count // len(records) + 1))[:count]


def _in_turns(folder: Path, load: Load, servers: dict[str, Running], rounds: int, seconds: float) -> Turns:
    script = write_script(folder, load.records)
    figures: dict[str, list[Figures]] = {name: [] for name in servers}
    for turn in range(rounds):
        for name in servers if turn % 2 else reversed(servers):
            port = servers[name].port
            figures[name].append(run(script, port, connections=load.connections, seconds=seconds, core=CLIENT_CORE))
    return load, figures


def _start_and_stop(bundle: Path) -> tuple[float, float]:
    """Return the seconds until ready and the resident MB then."""
    port = free_port()
    arguments = ["service", str(bundle), "--port", str(port), "--drain-s", "0"]
    with started(arguments, port, "/health/ready", SERVER_CORE) as server:
        return server.ready_after_s, server.resident_mb()


def _page(given: str, rows: list[Turns], starts: list[tuple[float, float]], loaded_mb: float) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    single = "\n".join(_single_row(*turns) for turns in rows if len(turns[0].records) == 1)
    many = "\n".join(_many_row(*turns) for turns in rows if len(turns[0].records) > 1)
    return f"""# Measured

`make bench`, {datetime.now(tz=UTC):%Y-%m-%d}: {given}; all servers on one core, wrk on another, in turns; medians.
{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}.

*The socket* alone is a uvicorn app that reads the body and answers constant bytes (benchmarks/socket_alone.py). Bare
*FastAPI* is an endpoint that validates the same body with pydantic and answers a constant (benchmarks/bare.py).
Latencies are p50 / p99 in ms.

| one record a request | service, requests/s | ms | socket, requests/s | ms | ratio | FastAPI, requests/s | ratio |
|---|---|---|---|---|---|---|---|
{single}

| many records a request | service, records/s | ms | bare FastAPI, records/s | ratio |
|---|---|---|---|---|
{many}

| start to ready | resident then | resident after the load |
|---|---|---|
| {median(s for s, _ in starts):.2f} s | {median(mb for _, mb in starts):.0f} MB | {loaded_mb:.0f} MB |
"""


def _per_s(figures: list[Figures]) -> float:
    return median(one.per_s for one in figures)


def _latencies(figures: list[Figures]) -> str:
    return f"{median(one.p50_ms for one in figures):.2f} / {median(one.p99_ms for one in figures):.2f}"


def _where(load: Load) -> str:
    return f"{load.connections} connection{'s' * (load.connections > 1)}"


def _single_row(load: Load, figures: dict[str, list[Figures]]) -> str:
    ours, socket, bare = (_per_s(figures[name]) for name in (OURS, SOCKET, BARE))
    return (
        f"| {_where(load)} | {ours:,.0f} | {_latencies(figures[OURS])} | {socket:,.0f} | {_latencies(figures[SOCKET])} "
        f"| {ours / socket:.2f} | {bare:,.0f} | {ours / bare:.2f} |"
    )


def _many_row(load: Load, figures: dict[str, list[Figures]]) -> str:
    ours, bare = (_per_s(figures[name]) * len(load.records) for name in (OURS, BARE))
    name = f"{load.name}, {_where(load)}"
    return f"| {name} | {ours:,.0f} | {_latencies(figures[OURS])} | {bare:,.0f} | {ours / bare:.2f} |"


if __name__ == "__main__":
    sys.exit(main())
