"""``make quality DATA=folder``: our models beside tuned boosters on every table there; writes benchmarks/QUALITY.md.

Each cell (a table, a model, a seed) runs in a process of its own and is kept as a file; started again, on any
machine, only the cells are run that are missing or were made for another task (another table, other settings).
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from benchmarks.quality.comparison import Run
from benchmarks.quality.field import FIELD
from benchmarks.quality.origin import FIELD_PACKAGES, OUR_PACKAGES, origin_of, version_of
from benchmarks.quality.ours import OURS
from benchmarks.quality.report import render
from benchmarks.quality.store import Cell, Origin, cell_key
from benchmarks.quality.tables import Spec, digest, find_tables

RESULTS = Path(__file__).parents[1] / "QUALITY.md"
CELLS = Path(__file__).with_name("cells")
MODELS = ("churn-train", "churn-train --fast", "logistic regression", "CatBoost, bag of 5", "LightGBM, tuned")
SEEDS = (0, 1)


@dataclass(frozen=True, slots=True)
class Job:
    """A cell to run."""

    spec: Spec
    model: str
    seed: int
    origin: Origin
    cell: Cell


def main() -> int:
    """Run what is missing, write the report; return 0, or 2 where there is nothing to compare."""
    given = _parser().parse_args()
    specs = [spec for spec in find_tables(given.data, given.table) if not given.only or spec.name in given.only]
    unknown = [name for name in given.models if name not in (*OURS, *FIELD)]
    if not specs or unknown:
        wrong = f"no model is called {unknown[0]!r}" if unknown else f"{given.data} holds none of the known tables"
        print(f"quality: {wrong}; models are {', '.join((*OURS, *FIELD))}.", file=sys.stderr)
        return 2
    jobs = _jobs(given, specs)
    if not given.report_only:
        _run(jobs, given)
    done = {(job.spec.name, job.model, job.seed): job for job in jobs}
    run = Run(
        tables=[spec.name for spec in specs],
        models=given.models,
        seeds=given.seeds,
        trials=given.trials,
        cells={key: job.cell for key, job in done.items()},
        outdated=frozenset(key for key, job in done.items() if not job.cell.is_current(job.origin)),
        command=_command(given),
        versions={name: version_of(name) for name in dict.fromkeys((*OUR_PACKAGES, *FIELD_PACKAGES))},
    )
    given.out.write_text(render(run), encoding="utf-8")
    print(f"quality: written to {given.out}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds the tables")
    parser.add_argument("--only", nargs="*", default=[], metavar="TABLE", help="these tables only")
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="FILE:LABEL:POSITIVE[:COLUMN]",
        help="another table of the folder, and columns to leave out",
    )
    parser.add_argument("--models", nargs="*", default=list(MODELS), metavar="MODEL", help="these models only")
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--trials", type=int, default=10, help="what tuning a rival may take (10)")
    parser.add_argument("--search-seconds", type=int, default=300, help="what churn-train --search may take")
    parser.add_argument("--cells", type=Path, default=CELLS, help="where cells are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--again", action="store_true", help="run the cells again whose code has changed since")
    parser.add_argument("--report-only", action="store_true", help="write the report of what is there")
    return parser


def _jobs(given: argparse.Namespace, specs: list[Spec]) -> list[Job]:
    """Return every cell of the comparison, seed by seed, so that a run broken off has whole seeds."""
    digests = {spec.name: digest(given.data / spec.file) for spec in specs}
    jobs = []
    for seed, spec, model in product(given.seeds, specs, given.models):
        origin = origin_of(spec, digests[spec.name], model, seed, _settings(model, given))
        jobs.append(Job(spec, model, seed, origin, Cell(given.cells, cell_key(spec.name, model, seed))))
    return jobs


def _settings(model: str, given: argparse.Namespace) -> str:
    """Return the settings of the run that this model heeds."""
    if model in OURS:
        return f"{given.search_seconds} s" if "--search" in model else ""
    return f"{given.trials} trials"


def _run(jobs: list[Job], given: argparse.Namespace) -> None:
    left = [
        job for job in jobs if not (job.cell.is_current(job.origin) if given.again else job.cell.is_done(job.origin))
    ]
    print(f"quality: {len(jobs)} cells, {len(jobs) - len(left)} of them there already.", file=sys.stderr)
    for number, job in enumerate(left, 1):
        start_s = time.monotonic()
        subprocess.run(_cell_command(job, given), check=True)
        took = f"{time.monotonic() - start_s:.0f} s"
        where = f"{number} of {len(left)}: {job.spec.name}, {job.model}, seed {job.seed}"
        print(f"  {where}: {_said(job.cell)} ({took})", file=sys.stderr)


def _cell_command(job: Job, given: argparse.Namespace) -> list[str]:
    options = {
        "--data": given.data,
        "--cells": given.cells,
        "--spec": json.dumps(asdict(job.spec)),
        "--model": job.model,
        "--seed": job.seed,
        "--origin": json.dumps(asdict(job.origin)),
        "--trials": given.trials,
        "--search-seconds": given.search_seconds,
    }
    return [sys.executable, "-m", "benchmarks.quality.cell", *(str(x) for pair in options.items() for x in pair)]


def _said(cell: Cell) -> str:
    result = cell.result()
    if result is None:
        return cell.failure()
    return f"ROC AUC {result.metrics['roc_auc']:.4f}, log loss {result.metrics['log_loss']:.4f}"


def _command(given: argparse.Namespace) -> str:
    """Return the command that runs this comparison."""
    models = [] if tuple(given.models) == MODELS else ["--models", *given.models]
    arguments = shlex.join(["--seeds", *map(str, given.seeds), "--trials", str(given.trials), *models])
    return f'make quality DATA={given.data.name} ARGS="{arguments}"'


if __name__ == "__main__":
    sys.exit(main())
