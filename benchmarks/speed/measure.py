"""Everything that ``make bench`` measures, in one run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.cores import SERVER_CORE
from benchmarks.speed.dialects import ByDialect, measure_dialects
from benchmarks.speed.explainers import Explainers, measure_explainers
from benchmarks.speed.loads import explained_loads, many_loads, single_loads
from benchmarks.speed.mixed import Mixed, measure_mixed
from benchmarks.speed.overload import RECORDS, Overload, measure_overload
from benchmarks.speed.starts import Start, start_and_stop
from benchmarks.speed.targets import FASTAPI, OURS, all_running, commands
from benchmarks.speed.turns import How, Turns, in_turns, per_s
from benchmarks.speed.workers import ByWorkers, measure_workers


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; ``loaded_mb`` and ``mixed_mb`` are resident after the loads, and after large requests."""

    starts: Sequence[Start]
    single: Sequence[Turns]
    many: Sequence[Turns]
    loaded_mb: float
    dialects: Sequence[ByDialect]
    explained: Sequence[Turns]
    explainers: Explainers
    mixed: Sequence[Mixed]
    mixed_mb: float
    workers: Sequence[ByWorkers]
    overload: Sequence[Overload]


def measure(bundle: Path, records: list[object], how: How) -> Measured:
    """Measure one thing after the other."""
    _say("starts")
    starts = [start_and_stop(bundle) for _ in range(how.rounds)]
    with all_running(commands(bundle), [SERVER_CORE]) as servers:
        _say("one record a request")
        single = [in_turns(load, servers, how) for load in single_loads(records)]
        _say("many records a request")
        parsing = {name: servers[name] for name in (OURS, FASTAPI)}
        many = [in_turns(load, parsing, how) for load in many_loads(records)]
        loaded_mb = servers[OURS].resident_mb()
        _say("dialects")
        dialects = measure_dialects(servers[OURS], bundle, records, how)
        _say("reasons")
        explained = [in_turns(load, {OURS: servers[OURS]}, how) for load in explained_loads(records)]
        _say("single records beside large requests")
        mixed = measure_mixed(servers[OURS], records, how)
        mixed_mb = servers[OURS].resident_mb()
    explainers = measure_explainers(bundle)
    _say("workers")
    workers = measure_workers(bundle, records, how)
    _say("overload")
    capacity_per_s = next(turns.median(OURS, per_s) for turns in many if len(turns.load.records) == RECORDS)
    overload = measure_overload(bundle, records, capacity_per_s, how.seconds)
    return Measured(
        starts, single, many, loaded_mb, dialects, explained, explainers, mixed, mixed_mb, workers, overload
    )


def _say(what: str) -> None:
    print(f"Measuring {what} ...", file=sys.stderr, flush=True)
