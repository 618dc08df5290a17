"""Single records while somebody else sends large requests: how long does the one wait for the other?"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.load import Figures, write_script
from benchmarks.servers import Running
from benchmarks.speed.loads import Load
from benchmarks.speed.records import so_many
from benchmarks.speed.targets import OURS
from benchmarks.speed.turns import How, measured, median_ratio, p99_ms

LARGE_RECORDS = 10_000
AROUND_S = 1
"""So much longer than the single records the large requests are sent, half of it before them."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """The rounds of one load of single records, alone and beside large requests."""

    load: Load
    quiet: list[Figures] = field(default_factory=list)
    beside: list[Figures] = field(default_factory=list)
    large: list[Figures] = field(default_factory=list)

    @property
    def p99_ratio(self) -> float:
        """The p99 beside large requests as a multiple of the quiet one: the median of the rounds' ratios."""
        return median_ratio(self.beside, self.quiet, p99_ms)

    @property
    def large_records_per_s(self) -> float:
        """The records a second of the large requests."""
        return median(one.per_s for one in self.large) * LARGE_RECORDS


def measure_mixed(server: Running, records: list[object], how: How) -> list[Mixed]:
    """Measure over 16 and over 64 connections."""
    large = Load(so_many(records, LARGE_RECORDS), 1)
    return [_mixed(server, Load(records[:1], connections), large, how) for connections in (16, 64)]


def _mixed(server: Running, load: Load, large: Load, how: How) -> Mixed:
    mixed = Mixed(load)
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        ThreadPoolExecutor(1) as aside,
    ):
        script, large_script = write_script(Path(one), load.records), write_script(Path(two), large.records)
        for _ in range(how.rounds):
            mixed.quiet.append(measured(OURS, script, server, load, how.seconds))
            others = aside.submit(measured, OURS, large_script, server, large, how.seconds + AROUND_S)
            time.sleep(AROUND_S / 2)
            mixed.beside.append(measured(OURS, script, server, load, how.seconds))
            mixed.large.append(others.result())
    return mixed
