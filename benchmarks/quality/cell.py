"""One cell: one model on one table with one seed, in a process of its own; its figures and costs go to a file."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from benchmarks.quality import ours
from benchmarks.quality.field import fit_field
from benchmarks.quality.figures import measure, resample
from benchmarks.quality.store import Cell, Cost, Origin, Result, cell_key
from benchmarks.quality.tables import Spec, Table, load
from churn.scoring import Scorer
from training.measure.metrics import evaluate_probabilities

BATCH = 1_024
_REPEATS = 30
_FEWEST_S = 1.0

Floats = npt.NDArray[np.float64]
Serve = Callable[[], object]
"""Score ``BATCH`` prepared customers."""


def main() -> int:
    """Fit, answer, measure, write; a model that cannot be fitted writes why."""
    given = _parser().parse_args()
    spec, origin = Spec(**json.loads(given.spec)), Origin(**json.loads(given.origin))
    cell = Cell(given.cells, cell_key(spec.name, given.model, given.seed))
    table = load(given.data / spec.file, spec)
    try:
        with tempfile.TemporaryDirectory() as folder:
            probability, serve, cost = _answers(given, spec, table, Path(folder))
            labels = table.labels[table.parts(given.seed).test]
            whole = Cost(**cost, rows_per_s=_rows_per_s(serve))
    except ours.NotRun as error:
        cell.write_failure(origin, str(error))
        return 0
    cell.write(origin, Result(measure(labels, probability), resample(labels, probability), whole))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cells", type=Path, required=True)
    parser.add_argument("--spec", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--origin", required=True)
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--search-seconds", type=int, required=True)
    return parser


def _answers(
    given: argparse.Namespace, spec: Spec, table: Table, folder: Path
) -> tuple[Floats, Serve, dict[str, float]]:
    """Return the probabilities of the test part, how to serve a batch, and what the fit cost."""
    parts = table.parts(given.seed)
    before_s, wall_s = _cpu_s(), time.monotonic()
    if given.model not in ours.OURS:
        fitted = fit_field(given.model, table, parts, given.seed, given.trials)
        cost = _cost(before_s, wall_s)
        asked = fitted.prepare(table.frame.iloc[parts.test])
        batch = fitted.prepare(table.frame.iloc[np.resize(parts.test, BATCH)])
        return fitted.predict(asked), lambda: fitted.predict(batch), cost
    file = given.data / spec.file
    bundle = ours.train(given.model, file, spec, given.seed, folder, given.search_seconds)
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


def _cost(cpu_before_s: float, wall_before_s: float) -> dict[str, float]:
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
