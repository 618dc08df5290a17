"""``make quality DATA=folder``: our models beside tuned boosters on every table there; writes benchmarks/QUALITY.md.

Each cell (a table, a model, a seed) runs in a process of its own and is kept; started again, only what is missing
or was made from something else (another table, code, or version) is run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import product
from pathlib import Path

from benchmarks.quality.field import FIELD
from benchmarks.quality.ours import OURS
from benchmarks.quality.report import Run, render
from benchmarks.quality.store import Cell, cell_key, made_from
from benchmarks.quality.tables import Spec, digest, find_tables

RESULTS = Path(__file__).parents[1] / "QUALITY.md"
DEFAULT = ("churn-train", "churn-train --search", *FIELD)
_FIELD_PACKAGES = ("lightgbm", "xgboost-cpu", "catboost", "optuna", "scikit-learn")
_OUR_PACKAGES = ("tensorflow-cpu", "keras", "catboost", "scikit-learn", "numpy")


@dataclass(frozen=True, slots=True)
class Job:
    """A cell to run."""

    spec: Spec
    model: str
    seed: int
    key: str
    digest: str


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
    run = Run(
        tables=[spec.name for spec in specs],
        models=given.models,
        seeds=given.seeds,
        cells={(job.spec.name, job.model, job.seed): Cell(given.work, job.key) for job in jobs},
        command=_command(given),
        versions={name: _version(name) for name in dict.fromkeys((*_OUR_PACKAGES, *_FIELD_PACKAGES))},
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
    parser.add_argument("--models", nargs="*", default=list(DEFAULT), metavar="MODEL", help="these models only")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2, 3, 4], metavar="N")
    parser.add_argument("--search-seconds", type=int, default=300, help="what churn-train --search may take")
    parser.add_argument("--work", type=Path, default=Path(".quality"), help="where cells are kept (.quality)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--report-only", action="store_true", help="write the report of what is there")
    return parser


def _jobs(given: argparse.Namespace, specs: list[Spec]) -> list[Job]:
    """Return every cell of the comparison, seed by seed, so that a run broken off has whole seeds."""
    digests = {spec.name: digest(given.data / spec.file) for spec in specs}
    jobs = []
    for seed, spec, model in product(given.seeds, specs, given.models):
        parts = (digests[spec.name], model, str(seed), json.dumps(asdict(spec)), _about(model, given.search_seconds))
        jobs.append(Job(spec, model, seed, cell_key(spec.name, model, seed), made_from(*parts)))
    return jobs


def _about(model: str, search_seconds: int) -> str:
    """Return what a model's result depends on besides the table: code and versions."""
    root = Path(__file__).parents[2]
    ours = model in OURS
    files = [*(root / "training").rglob("*.py"), *(root / "churn").rglob("*.py")] if ours else [root / FIELD_FILE]
    packages = [f"{name} {_version(name)}" for name in (_OUR_PACKAGES if ours else _FIELD_PACKAGES)]
    code = "".join(digest(file) for file in sorted(files))
    return made_from(code, *packages, str(search_seconds if "--search" in model else ""))


FIELD_FILE = "benchmarks/quality/field.py"


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "not installed"


def _run(jobs: list[Job], given: argparse.Namespace) -> None:
    left = [job for job in jobs if not Cell(given.work, job.key).is_done(job.digest)]
    print(f"quality: {len(jobs)} cells, {len(jobs) - len(left)} of them there already.", file=sys.stderr)
    for number, job in enumerate(left, 1):
        start_s = time.monotonic()
        subprocess.run(_cell_command(job, given), check=True)
        said = _said(Cell(given.work, job.key))
        took = f"{time.monotonic() - start_s:.0f} s"
        print(
            f"  {number} of {len(left)}: {job.spec.name}, {job.model}, seed {job.seed}: {said} ({took})",
            file=sys.stderr,
        )


def _cell_command(job: Job, given: argparse.Namespace) -> list[str]:
    options = {
        "--data": given.data,
        "--work": given.work,
        "--spec": json.dumps(asdict(job.spec)),
        "--model": job.model,
        "--seed": job.seed,
        "--key": job.key,
        "--made-from": job.digest,
        "--search-seconds": given.search_seconds,
    }
    return [sys.executable, "-m", "benchmarks.quality.cell", *(str(x) for pair in options.items() for x in pair)]


def _said(cell: Cell) -> str:
    result = cell.result()
    if result is None:
        return cell.failure()
    return f"ROC AUC {result.metrics['roc_auc']:.4f}, log loss {result.metrics['log_loss']:.4f}"


def _command(given: argparse.Namespace) -> str:
    seeds = " ".join(map(str, given.seeds))
    return f"make quality DATA={given.data.name} ARGS='--seeds {seeds} --search-seconds {given.search_seconds}'"


if __name__ == "__main__":
    sys.exit(main())
