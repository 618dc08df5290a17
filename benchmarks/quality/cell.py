"""One cell: one model on one table with one seed, in a process of its own; its answers and costs go to two files."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quality import ours
from benchmarks.quality.field import fit_field
from benchmarks.quality.store import Cell, Cost
from benchmarks.quality.tables import Spec, load
from churn.scoring import Scorer
from training.metrics import evaluate_probabilities

BATCH = 1_024
_REPEATS = 30
_FEWEST_S = 1.0

Floats = npt.NDArray[np.float64]
Serve = Callable[[], object]
"""Score ``BATCH`` prepared customers."""


def main() -> int:
    """Fit, answer, measure, write; a model that cannot be fitted writes why."""
    given = _parser().parse_args()
    spec, cell = Spec(**json.loads(given.spec)), Cell(given.work, given.key)
    try:
        probability, serve, started_at_s = _answers(given, spec, cell)
    except ours.NotRun as error:
        cell.write_failure(given.made_from, str(error))
        return 0
    table = load(given.data / spec.file, spec)
    labels = table.labels[table.parts(given.seed).test]
    cost = asdict(Cost(**started_at_s, rows_per_s=_rows_per_s(serve)))
    cell.write(given.made_from, evaluate_probabilities(labels, probability, 0.5), cost, probability, labels)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--spec", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--made-from", required=True)
    parser.add_argument("--search-seconds", type=int, required=True)
    return parser


def _answers(given: argparse.Namespace, spec: Spec, cell: Cell) -> tuple[Floats, Serve, dict[str, Any]]:
    """Return the probabilities of the test part, how to serve a batch, and what the fit cost."""
    table = load(given.data / spec.file, spec)
    parts = table.parts(given.seed)
    before_s, wall_s = _cpu_s(), time.monotonic()
    if given.model not in ours.OURS:
        fitted = fit_field(given.model, table, parts, given.seed)
        cost = _cost(before_s, wall_s)
        asked = fitted.prepare(table.frame.iloc[parts.test])
        batch = fitted.prepare(table.frame.iloc[np.resize(parts.test, BATCH)])
        return fitted.predict(asked), lambda: fitted.predict(batch), cost
    file = given.data / spec.file
    bundle = ours.train(given.model, file, spec, given.seed, cell.folder, given.search_seconds)
    cost = _cost(before_s, wall_s)
    scorer = Scorer.open(bundle)
    probability = scorer.score(ours.columns_of(scorer, file, table.lines[parts.test])).probability
    ours.check_same_rows(bundle, evaluate_probabilities(table.labels[parts.test], probability, 0.5))
    columns = ours.columns_of(scorer, file, table.lines[np.resize(parts.test, BATCH)])
    return probability, lambda: scorer.score(columns), cost


def _cpu_s() -> float:
    """Return the processor seconds of this process and of those it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _cost(cpu_before_s: float, wall_before_s: float) -> dict[str, Any]:
    peak_kib = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "wall_s": time.monotonic() - wall_before_s,
        "cpu_s": _cpu_s() - cpu_before_s,
        "peak_mib": peak_kib / 1024,
    }


def _rows_per_s(serve: Serve) -> float:
    """Return the median rate at batches of ``BATCH`` on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    serve()
    times_s: list[float] = []
    while len(times_s) < _REPEATS or sum(times_s) < _FEWEST_S:
        start_s = time.perf_counter()
        serve()
        times_s.append(time.perf_counter() - start_s)
    return BATCH / median(times_s)


if __name__ == "__main__":
    sys.exit(main())
