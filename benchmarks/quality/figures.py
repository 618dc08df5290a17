"""The arithmetic of a comparison: figures of a cell, ranks, paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from benchmarks.quality.store import Cost, Floats, Labels, Result
from training.metrics import calibration_slope, ece_floor

METRICS = ("roc_auc", "pr_auc", "log_loss", "brier", "ece", "ece_floor", "calibration_slope", "lift_top_decile")
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})
RESAMPLES = 500


@dataclass(frozen=True)
class Figures:
    """A cell's metrics by name, cost, labels (m,) and probabilities (m,)."""

    metrics: Mapping[str, float]
    cost: Cost
    labels: Labels
    probability: Floats


Found = Mapping[tuple[str, str, int], Figures]
"""Figures by (table, model, seed)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference, its standard error, and its 95 % interval."""

    value: float
    error: float
    low: float
    high: float


def figures_of(result: Result) -> Figures:
    """Return a result with the metrics of calibration added."""
    more = {
        "ece_floor": ece_floor(result.probability),
        "calibration_slope": calibration_slope(result.labels, result.probability),
    }
    return Figures({**result.metrics, **more}, result.cost, result.labels, result.probability)


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean."""
    return float(np.std(values, ddof=1) / len(values) ** 0.5)


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
    """Return ours minus theirs, averaged over tables and seeds; both models are resampled alike."""
    gaps = np.mean([_gaps(found[t, ours, s], found[t, theirs, s], metric) for t in tables for s in seeds], axis=0)
    low, high = np.quantile(gaps[1:], [0.025, 0.975])
    return Gap(float(gaps[0]), float(gaps[1:].std()), float(low), float(high))


def _gaps(ours: Figures, theirs: Figures, metric: str) -> Floats:
    """Return the gap on the test customers, and then on each of ``RESAMPLES`` resamples of them."""
    labels, rng = ours.labels, np.random.default_rng(0)
    of = {"roc_auc": _auc, "log_loss": _loss}[metric]
    samples = [np.arange(len(labels)), *(rng.integers(len(labels), size=len(labels)) for _ in range(RESAMPLES))]
    return np.array([of(labels[s], ours.probability[s]) - of(labels[s], theirs.probability[s]) for s in samples])


def _auc(labels: Labels, p: Floats) -> float:
    """Return the ROC AUC by ranks (Mann-Whitney)."""
    left = labels == 1
    ranks, churners = rankdata(p), int(left.sum())
    return float((ranks[left].sum() - churners * (churners + 1) / 2) / (churners * (len(labels) - churners)))


def _loss(labels: Labels, p: Floats) -> float:
    clipped = np.clip(p, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(labels == 1, np.log(clipped), np.log1p(-clipped))))
