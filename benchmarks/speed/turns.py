"""Servers on one core, loaded in turns from another: what disturbs the machine disturbs all alike."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.load import Figures, RunFailed, run, write_script
from benchmarks.servers import Running
from benchmarks.speed.cores import CLIENT_CORE
from benchmarks.speed.loads import Load
from benchmarks.speed.targets import OURS

TIMEOUT_S = 30

What = Callable[[Figures], float]
Run = TypeVar("Run")


@dataclass(frozen=True, slots=True)
class How:
    """How often each load is measured, and how long a run is."""

    rounds: int
    seconds: int

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.rounds} round{'s' * (self.rounds > 1)} of {self.seconds} s"


def median_ratio(ones: Iterable[Run], others: Iterable[Run], what: Callable[[Run], float]) -> float:
    """Return the median of the rounds' ratios: steadier than the ratio of the medians, for what disturbs a round."""
    return median(what(one) / what(other) for one, other in zip(ones, others, strict=True))


@dataclass(frozen=True, slots=True)
class Turns:
    """The runs of one load by server, in the order of the rounds."""

    load: Load
    figures: dict[str, list[Figures]]

    def median(self, name: str, what: What) -> float:
        """Return the median of a server's rounds."""
        return median(map(what, self.figures[name]))

    def ratio(self, other: str, what: What) -> float:
        """Return ours as a multiple of another's: the median of the rounds' ratios."""
        return median_ratio(self.figures[OURS], self.figures[other], what)


def per_s(figures: Figures) -> float:
    """Return the requests a second."""
    return figures.per_s


def p50_ms(figures: Figures) -> float:
    """Return the latency that half of the answers stayed below."""
    return figures.p50_ms


def p99_ms(figures: Figures) -> float:
    """Return the latency that 99 % of the answers stayed below."""
    return figures.p99_ms


def in_turns(load: Load, servers: dict[str, Running], how: How) -> Turns:
    """Measure each server once a round, every other round in the reverse order."""
    figures: dict[str, list[Figures]] = {name: [] for name in servers}
    with tempfile.TemporaryDirectory() as folder:
        script = write_script(Path(folder), load.records)
        for turn in range(how.rounds):
            for name in servers if turn % 2 else reversed(servers):
                figures[name].append(measured(name, script, servers[name], load, how.seconds))
    return Turns(load, figures)


def measured(
    name: str, script: Path, server: Running, load: Load, seconds: int, core: int | None = CLIENT_CORE
) -> Figures:
    """Load one server once; a failure is told with its name."""
    try:
        return run(
            script,
            server.port,
            connections=load.connections,
            seconds=seconds,
            core=core,
            path=load.path,
            timeout_s=TIMEOUT_S,
        )
    except RunFailed as error:
        raise RunFailed(f"{name} ({load.name}) {error}") from error
