"""What the default model is to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.comparison import Run
from benchmarks.quality.figures import Found, difference, mean, mean_rank
from benchmarks.quality.ours import OURS

DEFAULT, LINEAR = "churn-train", "logistic regression"
MOST_LOG_LOSS, LEAST_AUC = 0.2405, 0.9077
"""The prototype's figures, seeds 0 and 1, means over its four tables."""
PROTOTYPE_SEEDS = (0, 1)
BEHIND = 0.002
SLOPES = (0.9, 1.1)


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in words, the figure, and whether it is reached."""

    what: str
    figure: str
    reached: bool


def goals(run: Run, found: Found, models: Sequence[str]) -> Iterator[Goal]:
    """Hold ``churn-train`` against every goal; ``models`` are those with all cells, at least one booster among them."""
    others = [model for model in models if model not in OURS]
    boosters = [name for name in others if name != LINEAR]
    field = [DEFAULT, *others]
    for metric, title in (("roc_auc", "ROC AUC"), ("log_loss", "log loss")):
        ranks = mean_rank(found, run.tables, field, run.seeds, metric)
        best = min(ranks, key=lambda name: ranks[name])
        said = f"{ranks[DEFAULT]:.2f}; best of the others {min(ranks[name] for name in others):.2f}"
        yield Goal(f"first in mean rank on {title}", said, best == DEFAULT)
    yield from _not_behind(run, found, boosters)
    yield from _prototype(run, found)
    yield from _calibration(run, found, boosters)


def _not_behind(run: Run, found: Found, boosters: Sequence[str]) -> Iterator[Goal]:
    for table in run.tables:
        means = {name: mean(found, [table], run.seeds, name, "roc_auc") for name in boosters}
        best = max(means, key=lambda name: means[name])
        gap = difference(found, [table], run.seeds, DEFAULT, best, "roc_auc")
        allowed = BEHIND + gap.error
        said = f"{gap.value:+.4f} against {best}; allowed -{allowed:.4f}"
        yield Goal(f"{table}: ROC AUC at most {BEHIND} and a standard error behind", said, gap.value >= -allowed)


def _prototype(run: Run, found: Found) -> Iterator[Goal]:
    seeds = [seed for seed in PROTOTYPE_SEEDS if seed in run.seeds]
    cells = [found[table, DEFAULT, seed].metrics for table in run.tables for seed in seeds]
    if cells:
        loss, auc = (float(np.mean([cell[name] for cell in cells])) for name in ("log_loss", "roc_auc"))
        yield Goal(f"mean log loss, seeds 0 and 1, at most {MOST_LOG_LOSS}", f"{loss:.4f}", loss <= MOST_LOG_LOSS)
        yield Goal(f"mean ROC AUC, seeds 0 and 1, at least {LEAST_AUC}", f"{auc:.4f}", auc >= LEAST_AUC)


def _calibration(run: Run, found: Found, boosters: Sequence[str]) -> Iterator[Goal]:
    errors = {name: mean(found, run.tables, run.seeds, name, "ece") for name in (DEFAULT, *boosters)}
    ours, best = errors[DEFAULT], min(boosters, key=lambda name: errors[name])
    yield Goal("ECE no worse than the best booster's", f"{ours:.4f}; {best} {errors[best]:.4f}", ours <= errors[best])
    slope = mean(found, run.tables, run.seeds, DEFAULT, "calibration_slope")
    yield Goal(f"calibration slope from {SLOPES[0]} to {SLOPES[1]}", f"{slope:.3f}", SLOPES[0] <= slope <= SLOPES[1])
