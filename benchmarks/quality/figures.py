"""The arithmetic of a comparison: figures of a model, ranks, paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from benchmarks.quality.store import Result
from training.measure.labels import Labels
from training.measure.metrics import calibration_slope, ece_floor, evaluate_probabilities

METRICS = ("roc_auc", "pr_auc", "log_loss", "brier", "ece", "ece_floor", "calibration_slope", "lift_top_decile")
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})
RESAMPLES = 300

Floats = npt.NDArray[np.float64]
Found = Mapping[tuple[str, str, int], Result]
"""Results by (table, model, seed)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference, its standard error, and its 95 % interval."""

    value: float
    error: float
    low: float
    high: float


def measure(labels: Labels, probability: Floats) -> dict[str, float]:
    """Return every one of ``METRICS``: labels (m,) 0/1, probability (m,) of the test customers."""
    more = {"ece_floor": ece_floor(probability), "calibration_slope": calibration_slope(labels, probability)}
    measured = {**evaluate_probabilities(labels, probability, 0.5), **more}
    return {name: measured[name] for name in METRICS}


def resample(labels: Labels, probability: Floats) -> dict[str, list[float]]:
    """Return ROC AUC and log loss on ``RESAMPLES`` bootstrap resamples; for the same labels the same resamples."""
    rng = np.random.default_rng(0)
    samples = [rng.integers(len(labels), size=len(labels)) for _ in range(RESAMPLES)]
    of = {"roc_auc": _auc, "log_loss": _loss}
    return {name: [measured(labels[s], probability[s]) for s in samples] for name, measured in of.items()}


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean."""
    return float(np.std(values, ddof=1) / len(values) ** 0.5)


def mean(found: Found, tables: Sequence[str], seeds: Sequence[int], model: str, metric: str) -> float:
    """Return a model's mean over tables and seeds."""
    return float(np.mean([found[table, model, seed].metrics[metric] for table in tables for seed in seeds]))


def mean_rank(
    found: Found, tables: Sequence[str], models: Sequence[str], seeds: Sequence[int], metric: str
) -> dict[str, float]:
    """Return each model's rank within table and seed, 1 the best and equals sharing, averaged."""
    sign = 1 if metric in LOWER_IS_BETTER else -1
    ranks = [
        rankdata([sign * found[table, model, seed].metrics[metric] for model in models])
        for table in tables
        for seed in seeds
    ]
    return dict(zip(models, np.mean(ranks, axis=0).tolist(), strict=True))


def difference(found: Found, tables: Sequence[str], seeds: Sequence[int], ours: str, theirs: str, metric: str) -> Gap:
    """Return ours minus theirs, averaged over tables and seeds; both models were resampled alike."""
    pairs = [(found[table, ours, seed], found[table, theirs, seed]) for table in tables for seed in seeds]
    value = float(np.mean([a.metrics[metric] - b.metrics[metric] for a, b in pairs]))
    drawn = np.mean([np.subtract(a.resampled[metric], b.resampled[metric]) for a, b in pairs], axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Gap(value, float(drawn.std()), float(low), float(high))


def _auc(labels: Labels, p: Floats) -> float:
    """Return the ROC AUC by ranks (Mann-Whitney)."""
    left = labels == 1
    ranks, churners = rankdata(p), int(left.sum())
    return float((ranks[left].sum() - churners * (churners + 1) / 2) / (churners * (len(labels) - churners)))


def _loss(labels: Labels, p: Floats) -> float:
    clipped = np.clip(p, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(labels == 1, np.log(clipped), np.log1p(-clipped))))
