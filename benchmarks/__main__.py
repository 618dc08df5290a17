"""``make bench``: the service beside a bare FastAPI endpoint that validates the same body and answers a constant.

Both servers run at once on one core, and are loaded in turns from another, so that what disturbs the
machine disturbs both alike. Figures are medians; writes benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
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
BULK_RECORDS = 1_000


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
    ours_port, bare_port = free_port(), free_port()
    service = started(
        ["service", str(bundle), "--port", str(ours_port), "--drain-s", "0"], ours_port, "/health/ready", SERVER_CORE
    )
    bare = started(["benchmarks.bare", str(bundle), str(bare_port)], bare_port, "/openapi.json", SERVER_CORE)
    bulk = (records * (BULK_RECORDS // len(records) + 1))[:BULK_RECORDS]
    with service as ours, bare as yardstick, tempfile.TemporaryDirectory() as folder:
        one = [
            _in_turns(folder, records[:1], ours, yardstick, connections=connections, rounds=rounds, seconds=seconds)
            for connections in (1, 16, 64)
        ]
        many = _in_turns(folder, bulk, ours, yardstick, connections=2, rounds=rounds, seconds=seconds)
        loaded_mb = ours.resident_mb()
    return _page(
        given=f"{bundle} {rounds} rounds of {seconds:g} s", one=one, many=many, starts=starts, loaded_mb=loaded_mb
    )


Turns = tuple[int, list[Figures], list[Figures]]


def _in_turns(
    folder: str, records: object, ours: Running, bare: Running, *, connections: int, rounds: int, seconds: float
) -> Turns:
    script = write_script(Path(folder), records)
    figures: tuple[list[Figures], list[Figures]] = ([], [])
    for turn in range(rounds):
        order = (0, 1) if turn % 2 else (1, 0)
        for which in order:
            port = (ours, bare)[which].port
            figures[which].append(run(script, port, connections=connections, seconds=seconds, core=CLIENT_CORE))
    return connections, *figures


def _start_and_stop(bundle: Path) -> tuple[float, float]:
    """Return the seconds until ready and the resident MB then."""
    port = free_port()
    arguments = ["service", str(bundle), "--port", str(port), "--drain-s", "0"]
    with started(arguments, port, "/health/ready", SERVER_CORE) as server:
        return server.ready_after_s, server.resident_mb()


def _page(given: str, one: list[Turns], many: Turns, starts: list[tuple[float, float]], loaded_mb: float) -> str:
    rows = "\n".join(_row(*turns) for turns in one)
    _, ours, bare = many
    bulk = [median(f.per_s for f in figures) * BULK_RECORDS for figures in (ours, bare)]
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"""# Measured

`make bench`, {datetime.now(tz=UTC):%Y-%m-%d}: {given}, both servers on one core, wrk on another, in turns; medians.
{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}.

The yardstick is a bare FastAPI endpoint that validates the same body with pydantic and answers a constant
(benchmarks/bare.py).

| one record a request | service, requests/s | p99 ms | bare, requests/s | p99 ms | ratio |
|---|---|---|---|---|---|
{rows}

| {BULK_RECORDS:,} records a request | service, records/s | bare, records/s | ratio |
|---|---|---|---|
| 2 connections | {bulk[0]:,.0f} | {bulk[1]:,.0f} | {bulk[0] / bulk[1]:.2f} |

| start to ready | resident then | resident after the load |
|---|---|---|
| {median(s for s, _ in starts):.2f} s | {median(mb for _, mb in starts):.0f} MB | {loaded_mb:.0f} MB |
"""


def _row(connections: int, ours: list[Figures], bare: list[Figures]) -> str:
    ours_per_s, bare_per_s = (median(f.per_s for f in figures) for figures in (ours, bare))
    ours_p99, bare_p99 = (median(f.p99_ms for f in figures) for figures in (ours, bare))
    name = "1 connection" if connections == 1 else f"{connections} connections"
    ratio = ours_per_s / bare_per_s
    return f"| {name} | {ours_per_s:,.0f} | {ours_p99:.1f} | {bare_per_s:,.0f} | {bare_p99:.1f} | {ratio:.2f} |"


if __name__ == "__main__":
    sys.exit(main())
