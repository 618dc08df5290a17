"""How good probabilities are, and how sure we can be of the figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from churn.columns import Floats

Labels = npt.NDArray[np.int8]
ECE_BINS = 15
INTERVAL = 0.95
RESAMPLES = 300
_MOST_ROWS = 50_000
"""Resamples are at most this large; above it the interval's width is scaled by the square root of the rest."""

TITLES = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "ECE",
    "recall": "Recall at the threshold",
    "precision": "Precision at the threshold",
    "lift_top_decile": "Lift in the top decile",
}
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric on a test part with its bootstrap interval (``INTERVAL``)."""

    value: float
    low: float
    high: float


def expected_calibration_error(labels: Labels, probability: Floats, bins: int = ECE_BINS) -> float:
    """Return the ECE over equally wide bins: (n,), (n,) -> the mean distance of churn rate and probability.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3, for the positive class.
    """
    index = np.minimum((probability * bins).astype(int), bins - 1)
    gap = np.bincount(index, weights=labels - probability, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def lift_top_decile(labels: Labels, probability: Floats) -> float:
    """Return the churn rate of the tenth with the highest probability over everybody's: (n,), (n,) -> ratio."""
    top = np.argsort(-probability, kind="stable")[: max(1, len(labels) // 10)]
    return float(labels[top].mean() / labels.mean())


def evaluate_probabilities(labels: Labels, probability: Floats, threshold: float) -> dict[str, float]:
    """Return every metric in ``TITLES``: labels (n,) 0/1 of both kinds, probability (n,) -> name: value."""
    flagged = probability >= threshold
    caught = float((flagged & (labels == 1)).sum())
    return {
        "roc_auc": float(roc_auc_score(labels, probability)),
        "pr_auc": float(average_precision_score(labels, probability)),
        "log_loss": float(log_loss(labels, probability)),
        "brier": float(brier_score_loss(labels, probability)),
        "ece": expected_calibration_error(labels, probability),
        "recall": caught / float(labels.sum()),
        "precision": caught / max(float(flagged.sum()), 1.0),
        "lift_top_decile": lift_top_decile(labels, probability),
    }


Statistic = Callable[[npt.NDArray[np.intp]], Mapping[str, float]]


def bootstrap(statistic: Statistic, labels: Labels, seed: int = 0) -> dict[str, Estimate]:
    """Return each figure of ``statistic`` (a function of row numbers) with a percentile bootstrap interval.

    Rows are drawn with replacement within each class, so that no resample lacks one. Above ``_MOST_ROWS``
    rows the m-out-of-n bootstrap is used (Bickel, Götze & van Zwet 1997): m rows are drawn and the width
    is scaled by sqrt(m / n). Source of the interval: Efron & Tibshirani 1993, chapter 13.
    """
    rng = np.random.default_rng(seed)
    n = len(labels)
    share = min(1.0, _MOST_ROWS / n)
    classes = [rows for rows in (np.flatnonzero(labels == value) for value in (0, 1)) if len(rows)]
    whole = statistic(np.arange(n))
    drawn: dict[str, list[float]] = {name: [] for name in whole}
    for _ in range(RESAMPLES):
        rows = np.concatenate([rng.choice(rows, max(1, round(share * len(rows)))) for rows in classes])
        for name, value in statistic(rows).items():
            drawn[name].append(value)
    return {name: _estimate(value, np.array(drawn[name]), share**0.5) for name, value in whole.items()}


def _estimate(value: float, drawn: Floats, scale: float) -> Estimate:
    tail = (1 - INTERVAL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    middle = float(np.median(drawn))
    return Estimate(value, value + (float(low) - middle) * scale, value + (float(high) - middle) * scale)


def with_intervals(labels: Labels, probability: Floats, threshold: float, seed: int = 0) -> dict[str, Estimate]:
    """Return every metric with its interval: labels (n,), probability (n,)."""
    return bootstrap(lambda rows: evaluate_probabilities(labels[rows], probability[rows], threshold), labels, seed)


Answers = tuple[Floats, float]
"""Probabilities, (n,), and the threshold that goes with them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same customers: the metrics of each, and ours minus theirs on the same resamples."""

    ours: dict[str, Estimate]
    theirs: dict[str, Estimate]
    difference: dict[str, Estimate]


def compare(labels: Labels, ours: Answers, theirs: Answers, seed: int = 0) -> Comparison:
    """Return every metric of two models, and of their difference, with intervals: labels (n,)."""

    def figures(rows: npt.NDArray[np.intp]) -> dict[str, float]:
        a, b = (evaluate_probabilities(labels[rows], p[rows], threshold) for p, threshold in (ours, theirs))
        parts = {"ours": a, "theirs": b, "difference": {name: a[name] - b[name] for name in TITLES}}
        return {f"{part} {name}": value for part, metrics in parts.items() for name, value in metrics.items()}

    found = bootstrap(figures, labels, seed)
    return Comparison(**{f.name: {name: found[f"{f.name} {name}"] for name in TITLES} for f in fields(Comparison)})


def to_json(estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    """Return plain data for the manifest and for ``churn-evaluate``."""
    return {name: {"value": e.value, "low": e.low, "high": e.high} for name, e in estimates.items()}


def ece_floor(probability: Floats, draws: int = 200, seed: int = 0) -> float:
    """Return the mean ECE that a perfectly calibrated model would show on these rows: probability (n,).

    Labels are drawn from the probabilities ``draws`` times; what ECE is left is chance alone (Kumar, Liang & Ma
    2019, Verified Uncertainty Calibration, on the bias of the binned estimate).
    """
    rng = np.random.default_rng(seed)
    drawn = ((rng.random(len(probability)) < probability).astype(np.int8) for _ in range(draws))
    return float(np.mean([expected_calibration_error(labels, probability) for labels in drawn]))


def calibration_slope(labels: Labels, probability: Floats) -> float:
    """Return the slope of a logistic regression of the labels on the logit of the probability: (n,) 0/1, (n,).

    1 is calibrated; below 1 the probabilities are too extreme, above 1 too timid. Cox 1958, Two further applications
    of a model for binary regression; Van Calster et al. 2019, Calibration: the Achilles heel of predictive analytics.
    """
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    fitted = LogisticRegression(C=np.inf).fit((np.log(p) - np.log1p(-p))[:, None], labels)
    return float(fitted.coef_[0, 0])
