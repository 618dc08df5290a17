"""``benchmarks/QUALITY.md``: the figures of a comparison as they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from benchmarks.quality.figures import METRICS, Figures, difference, figures_of, mean_rank, standard_error
from benchmarks.quality.goals import DEFAULT, LINEAR, goals
from benchmarks.quality.ours import OURS
from benchmarks.quality.store import Cell

_TITLES = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "log_loss": "log loss",
    "brier": "Brier",
    "ece": "ECE",
    "ece_floor": "ECE floor",
    "calibration_slope": "slope",
    "lift_top_decile": "lift@10 %",
}
_PROTOCOL = """\
Every table is split 64/16/20, stratified, five times; all models get the same rows. Logistic regression, LightGBM,
XGBoost and CatBoost are tuned with Optuna (25 trials each, log loss on the validation part, which also stops the
boosting). "CatBoost, bag of 5" has five folds over training and validation part, each member stopped by its own fold,
and is beta calibrated out of fold. `churn-train` runs as a user starts it. All figures are of the test part, which no
model saw; "±" is one standard error over the seeds. *ECE floor* is what a perfectly calibrated model with the same
probabilities would show on these rows; *slope* is the calibration slope (1 is right). Fit times include the tuning;
core-seconds count both cores. Rows/s: batches of 1,024 prepared rows on one core (ours from validated columns on,
preprocessing included). The machine is shared: take times as rough."""


@dataclass(frozen=True)
class Run:
    """A comparison: its tables, models and seeds, the cells by (table, model, seed), and what made it."""

    tables: Sequence[str]
    models: Sequence[str]
    seeds: Sequence[int]
    cells: Mapping[tuple[str, str, int], Cell]
    command: str
    versions: Mapping[str, str]


def render(run: Run) -> str:
    """Return the report in Markdown; cells that were not run are named in it."""
    found = {key: figures_of(result) for key, cell in run.cells.items() if (result := cell.result())}
    complete = [model for model in run.models if _has_all(run, found, model)]
    parts = [
        "# Quality beside tuned boosters",
        f"Made {datetime.now(UTC):%Y-%m-%d} by `{run.command}`. Versions: "
        + ", ".join(f"{name} {version}" for name, version in run.versions.items())
        + ".",
        _PROTOCOL,
        *_missing(run),
        "## All tables",
        _overall(run, found, complete),
        *_goals(run, found, complete),
        *(part for ours in OURS if ours in complete for part in _differences(run, found, complete, ours)),
        *(part for table in run.tables for part in (f"## {table}", _table(run, found, table))),
    ]
    return "\n\n".join(parts) + "\n"


Found = Mapping[tuple[str, str, int], Figures]


def _has_all(run: Run, found: Found, model: str) -> bool:
    return all((table, model, seed) in found for table in run.tables for seed in run.seeds)


def _missing(run: Run) -> Iterator[str]:
    lines = [
        f"- {table}, {model}, seed {seed}: {cell.failure()}"
        for (table, model, seed), cell in run.cells.items()
        if cell.result() is None
    ]
    if lines:
        yield "Missing cells (a model that lacks some is left out of what spans all tables):\n\n" + "\n".join(lines)


def _overall(run: Run, found: Found, models: Sequence[str]) -> str:
    ranks = {name: mean_rank(found, run.tables, models, run.seeds, name) for name in ("roc_auc", "log_loss")}
    heads = ["model", *(_TITLES[name] for name in METRICS), "rank by ROC AUC", "rank by log loss", "fit s", "core-s"]
    rows = []
    for model in models:
        cells = [found[table, model, seed] for table in run.tables for seed in run.seeds]
        means = [_number(float(np.mean([cell.metrics[name] for cell in cells]))) for name in METRICS]
        ranked = [f"{ranks[name][model]:.2f}" for name in ranks]
        costs = [f"{np.mean([getattr(cell.cost, name) for cell in cells]):.0f}" for name in ("wall_s", "cpu_s")]
        rows.append([model, *means, *ranked, *costs])
    return "Means over tables and seeds; ranks within each table and seed, 1 is best.\n\n" + _markdown(heads, rows)


def _goals(run: Run, found: Found, models: Sequence[str]) -> Iterator[str]:
    if DEFAULT in models and any(model not in OURS and model != LINEAR for model in models):
        rows = [
            [goal.what, goal.figure, "reached" if goal.reached else "**missed**"] for goal in goals(run, found, models)
        ]
        yield "### Goals of `churn-train`"
        yield _markdown(["goal", "figure", ""], rows)


def _differences(run: Run, found: Found, models: Sequence[str], ours: str) -> Iterator[str]:
    rows = []
    for model in models:
        if model != ours:
            gaps = [difference(found, run.tables, run.seeds, ours, model, name) for name in ("roc_auc", "log_loss")]
            rows.append([model, *(f"{gap.value:+.4f} ({gap.low:+.4f} to {gap.high:+.4f})" for gap in gaps)])
    yield f"### `{ours}` minus each other, paired"
    yield (
        "Mean over tables and seeds; 95 % intervals from 500 bootstrap resamples of the test customers, the same for "
        "both models.\n\n" + _markdown(["against", "ROC AUC (more is better)", "log loss (less is better)"], rows)
    )


def _table(run: Run, found: Found, table: str) -> str:
    heads = ["model", *(_TITLES[name] for name in METRICS), "fit s", "core-s", "rows/s"]
    rows = []
    for model in run.models:
        cells = [found[table, model, seed] for seed in run.seeds if (table, model, seed) in found]
        if cells:
            rows.append([model, *(_with_error([c.metrics[name] for c in cells]) for name in METRICS), *_costs(cells)])
    return _markdown(heads, rows)


def _costs(cells: Sequence[Figures]) -> list[str]:
    def mean(cost: Callable[[Figures], float]) -> str:
        return f"{np.mean([cost(cell) for cell in cells]):,.0f}"

    return [mean(lambda c: c.cost.wall_s), mean(lambda c: c.cost.cpu_s), mean(lambda c: c.cost.rows_per_s)]


def _with_error(values: Sequence[float]) -> str:
    if len(values) < 2:
        return _number(values[0])
    return f"{_number(float(np.mean(values)))} ± {_number(standard_error(values))}"


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.3f}"


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
