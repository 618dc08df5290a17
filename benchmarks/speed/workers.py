"""Several workers on both cores: more answers, and for how much processor time each?

The client is not pinned, for it needs a processor, too; it takes what the workers leave. So requests/s alone say
little of the workers on two cores: the answers for a second of their processor time say whether they stand in each
other's way.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.load import write_script
from benchmarks.servers import Running
from benchmarks.speed.cores import CLIENT_CORE, SERVER_CORE
from benchmarks.speed.loads import Load
from benchmarks.speed.processor_time import tree_cpu_s
from benchmarks.speed.records import so_many
from benchmarks.speed.targets import all_running, service
from benchmarks.speed.turns import How, measured, median_ratio

WORKERS = (1, 2, 4)
WORKER_CORES = (SERVER_CORE, CLIENT_CORE)


@dataclass(frozen=True, slots=True)
class Work:
    """One run: answers a second, and answers for a second of the servers' processor time."""

    per_s: float
    per_cpu_s: float


@dataclass(frozen=True, slots=True)
class ByWorkers:
    """The runs of one load by number of workers, in the order of the rounds."""

    load: Load
    runs: dict[int, list[Work]]

    def requests_per_s(self, workers: int) -> float:
        """Return the median of the requests a second."""
        return median(run.per_s for run in self.runs[workers])

    def speedup(self, workers: int) -> float:
        """Return the requests a second as a multiple of one worker's: the median of the rounds' ratios."""
        return median_ratio(self.runs[workers], self.runs[1], lambda run: run.per_s)

    def thrift(self, workers: int) -> float:
        """Return the answers for a second of processor time as a multiple of one worker's, likewise."""
        return median_ratio(self.runs[workers], self.runs[1], lambda run: run.per_cpu_s)


def measure_workers(bundle: Path, records: list[object], how: How) -> list[ByWorkers]:
    """Measure one record and 200 records a request."""
    names = {f"service with {workers} workers": workers for workers in WORKERS}
    with all_running({name: service(bundle, names[name]) for name in names}, WORKER_CORES) as servers:
        by_workers = {names[name]: server for name, server in servers.items()}
        return [_in_turns(load, by_workers, how) for load in (Load(records[:1], 64), Load(so_many(records, 200), 16))]


def _in_turns(load: Load, servers: dict[int, Running], how: How) -> ByWorkers:
    runs: dict[int, list[Work]] = {workers: [] for workers in servers}
    with tempfile.TemporaryDirectory() as folder:
        script = write_script(Path(folder), load.records)
        for turn in range(how.rounds):
            for workers in servers if turn % 2 else reversed(servers):
                runs[workers].append(_work(workers, script, servers[workers], load, how.seconds))
    return ByWorkers(load, runs)


def _work(workers: int, script: Path, server: Running, load: Load, seconds: int) -> Work:
    before_s = tree_cpu_s(server.pid)
    figures = measured(f"service with {workers} workers", script, server, load, seconds, core=None)
    return Work(figures.per_s, figures.per_s * seconds / (tree_cpu_s(server.pid) - before_s))
