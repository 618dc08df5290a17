"""``make bench-training``: how long training takes and how much memory; a quarter of an hour at the most.

Each training runs in a process of its own on synthetic customers with 20 fields; writes benchmarks/TRAINING.md,
anew after each. Larger ones by ``ARGS="--rows 1000000 --recipes fast"``, every recipe at every size.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pyarrow.parquet as papq

from churn.bundle import open_bundle
from training.synthetic import make_customers

RESULTS = Path(__file__).with_name("TRAINING.md")
RECIPES: dict[str, list[str]] = {"default": [], "fast": ["--fast"]}
PLANNED = ((10_000, "default"), (10_000, "fast"), (100_000, "fast"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one training took, processor time over all cores, and how good its bundle is."""

    rows: int
    recipe: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    roc_auc: float
    log_loss: float


def main() -> int:
    """Train at every size, write the table, return 0."""
    given = _parser().parse_args()
    chosen = product(given.rows or [10_000], given.recipes or RECIPES)
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder:
        for rows, recipe in chosen if given.rows or given.recipes else PLANNED:
            costs.append(measure(Path(folder), rows, recipe))
            given.out.write_text(render(costs), encoding="utf-8")
    print(render(costs))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--rows", nargs="*", type=int, default=[], help="customers, instead of what is planned")
    parser.add_argument("--recipes", nargs="*", choices=RECIPES, default=[], help="of the default and of --fast")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser


def measure(folder: Path, rows: int, recipe: str) -> Cost:
    """Train on synthetic customers in a process of its own."""
    table = folder / f"{rows}.parquet"
    if not table.exists():
        papq.write_table(make_customers(rows, seed=0).table, table)
    out = folder / f"bundle-{rows}-{len(RECIPES[recipe])}"
    command = [sys.executable, "-m", "training", str(table), "--label", "churn", "--out", str(out), *RECIPES[recipe]]
    start_s = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{' '.join(command)} ended with {process.returncode}"
    wall_s = time.monotonic() - start_s
    figures = open_bundle(out).manifest.metrics["test"]
    cpu_s, peak_mib = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(f"{rows:,} customers, {recipe}: {wall_s:.0f} s, {peak_mib:,.0f} MiB", file=sys.stderr)
    return Cost(rows, recipe, wall_s, cpu_s, peak_mib, *(figures[name]["value"] for name in ("roc_auc", "log_loss")))


def render(costs: list[Cost]) -> str:
    """Return the table in Markdown."""
    where = f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}, Python {platform.python_version()})"
    lines = [
        "# What training costs",
        "",
        f"Made {datetime.now(UTC):%Y-%m-%d} by `make bench-training` on {where}: synthetic customers with 20 fields,",
        "from the start of `churn-train` to the bundle. The machine is shared: take times as rough.",
        "",
        "| customers | command | wall s | core-s | peak MiB | ROC AUC | log loss |",
        "|---|---|---|---|---|---|---|",
        *map(_row, costs),
    ]
    return "\n".join(lines) + "\n"


def _row(cost: Cost) -> str:
    command = " ".join(["`churn-train", *RECIPES[cost.recipe]]) + "`"
    costs = f"{cost.wall_s:.0f} | {cost.cpu_s:.0f} | {cost.peak_mib:,.0f}"
    return f"| {cost.rows:,} | {command} | {costs} | {cost.roc_auc:.4f} | {cost.log_loss:.4f} |"


if __name__ == "__main__":
    sys.exit(main())
