"""``benchmarks/QUALITY.md``: the figures of a comparison as they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import product

import numpy as np

from benchmarks.quality.comparison import Run
from benchmarks.quality.field import FIELD
from benchmarks.quality.figures import (
    LOWER_IS_BETTER,
    METRICS,
    RESAMPLES,
    Found,
    difference,
    mean,
    mean_rank,
    standard_error,
)
from benchmarks.quality.goals import DEFAULT, LINEAR, goals
from benchmarks.quality.ours import OURS
from benchmarks.quality.store import Result

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
Every table is split 64/16/20, stratified, once a seed (seeds {seeds}); all models get the same rows. Logistic
regression, LightGBM, XGBoost and CatBoost, as far as they are here, are tuned with Optuna ({trials} trials each, log
loss on the validation part, which also stops the boosting). "CatBoost, bag of 5" has five folds over training and
validation part, each member stopped by its own fold, and is beta calibrated out of fold. `churn-train` runs as a user
starts it. All figures are of the test part, which no model saw; "±" is one standard error over the seeds. *ECE floor*
is what a perfectly calibrated model with the same probabilities would show on these rows; *slope* is the calibration
slope (1 is right). Fit times include the tuning; core-seconds count both cores. Rows/s: batches of 1,024 prepared rows
on one core (ours from validated columns on, preprocessing included). The machine is shared: take times as rough.

A longer comparison: `make quality DATA=folder ARGS='--seeds 0 1 2 3 4 --trials 25 --models {models}'`. It goes on from
the cells in `benchmarks/quality/cells/`, one small file each."""
_LONGER = ("churn-train", "churn-train --fast", "churn-train --search", *FIELD)


def render(run: Run) -> str:
    """Return the report in Markdown; cells that were not run are named in it."""
    found = {key: result for key, cell in run.cells.items() if (result := cell.result())}
    complete = [model for model in run.models if _has_all(run, found, model)]
    longer = " ".join(f'"{name}"' for name in _LONGER)
    parts = [
        "# Quality beside tuned boosters",
        f"Made {datetime.now(UTC):%Y-%m-%d} by `{run.command}`. Versions: "
        + ", ".join(f"{name} {version}" for name, version in run.versions.items())
        + ".",
        _PROTOCOL.format(seeds=" ".join(map(str, run.seeds)), trials=run.trials, models=longer),
        *_missing(run),
        *_outdated(run, found),
        "## All tables",
        _overall(run, found, complete),
        *_lost(run, found, complete),
        *_goals(run, found, complete),
        *(part for ours in OURS if ours in complete for part in _differences(run, found, complete, ours)),
        *(part for table in run.tables for part in (f"## {table}", _table(run, found, table))),
    ]
    return "\n\n".join(parts) + "\n"


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


def _outdated(run: Run, found: Found) -> Iterator[str]:
    old = [f"{table}, {model}, seed {seed}" for table, model, seed in found if (table, model, seed) in run.outdated]
    if old:
        yield (
            f"{len(old)} of {len(run.cells)} cells were made by code or versions that have changed since "
            f"(`--again` runs them again): {'; '.join(old)}."
        )


def _overall(run: Run, found: Found, models: Sequence[str]) -> str:
    ranks = {name: mean_rank(found, run.tables, models, run.seeds, name) for name in ("roc_auc", "log_loss")}
    heads = ["model", *(_TITLES[name] for name in METRICS), "rank by ROC AUC", "rank by log loss", "fit s", "core-s"]
    rows = []
    for model in models:
        cells = [found[table, model, seed] for table in run.tables for seed in run.seeds]
        means = [_number(mean(found, run.tables, run.seeds, model, name)) for name in METRICS]
        ranked = [f"{ranks[name][model]:.2f}" for name in ranks]
        costs = [f"{np.mean([getattr(cell.cost, name) for cell in cells]):.0f}" for name in ("wall_s", "cpu_s")]
        rows.append([model, *means, *ranked, *costs])
    return "Means over tables and seeds; ranks within each table and seed, 1 is best.\n\n" + _markdown(heads, rows)


def _lost(run: Run, found: Found, models: Sequence[str]) -> Iterator[str]:
    """Say on which table another model is better than the default, by the mean over the seeds."""
    if DEFAULT not in models or len(models) == 1:
        return
    rows = []
    for table, metric in product(run.tables, ("roc_auc", "log_loss", "ece")):
        sign = 1 if metric in LOWER_IS_BETTER else -1
        means = {model: mean(found, [table], run.seeds, model, metric) for model in models}
        best = min(means, key=lambda model: sign * means[model])
        if sign * means[best] < sign * means[DEFAULT]:
            ours, theirs = _number(means[DEFAULT]), _number(means[best])
            rows.append(
                [table, _TITLES[metric], ours, f"{theirs} ({best})", _interval(run, found, table, best, metric)]
            )
    yield "### Where we lose"
    if rows:
        heads = ["table", "metric", f"`{DEFAULT}`", "the best", "ours minus theirs, 95 %"]
        yield _markdown(heads, rows)
    else:
        yield f"On no table: `{DEFAULT}` is best by ROC AUC, log loss and ECE on each."


def _interval(run: Run, found: Found, table: str, other: str, metric: str) -> str:
    """Return the paired interval of a difference, for the metrics that were resampled."""
    if metric not in found[table, other, run.seeds[0]].resampled:
        return ""
    gap = difference(found, [table], run.seeds, DEFAULT, other, metric)
    return f"{gap.low:+.4f} to {gap.high:+.4f}"


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
        f"Mean over tables and seeds; 95 % intervals from {RESAMPLES} bootstrap resamples of the test customers, "
        "the same for both models.\n\n"
        + _markdown(["against", "ROC AUC (more is better)", "log loss (less is better)"], rows)
    )


def _table(run: Run, found: Found, table: str) -> str:
    heads = ["model", *(_TITLES[name] for name in METRICS), "fit s", "core-s", "rows/s"]
    rows = []
    for model in run.models:
        cells = [found[table, model, seed] for seed in run.seeds if (table, model, seed) in found]
        if cells:
            rows.append([model, *(_with_error([c.metrics[name] for c in cells]) for name in METRICS), *_costs(cells)])
    return _markdown(heads, rows)


def _costs(cells: Sequence[Result]) -> list[str]:
    def shown(cost: Callable[[Result], float]) -> str:
        return f"{np.mean([cost(cell) for cell in cells]):,.0f}"

    return [shown(lambda c: c.cost.wall_s), shown(lambda c: c.cost.cpu_s), shown(lambda c: c.cost.rows_per_s)]


def _with_error(values: Sequence[float]) -> str:
    if len(values) < 2:
        return _number(values[0])
    return f"{_number(float(np.mean(values)))} ± {_number(standard_error(values))}"


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.3f}"


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
