"""How good probabilities are: every metric of one model, with its interval, and of two models side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from churn.columns import Floats
from training.measure.bootstrap import RESAMPLES, Estimate, bootstrap
from training.measure.labels import Labels

ECE_BINS = 15

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


def with_intervals(
    labels: Labels, probability: Floats, threshold: float, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Return every metric with its interval: labels (n,), probability (n,)."""

    def figures(rows: npt.NDArray[np.intp]) -> dict[str, float]:
        return evaluate_probabilities(labels[rows], probability[rows], threshold)

    return bootstrap(figures, labels, seed, resamples)


Flagging = tuple[Floats, float]
"""Probabilities, (n,), and the threshold that goes with them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same customers: the metrics of each, and ours minus theirs on the same resamples."""

    ours: dict[str, Estimate]
    theirs: dict[str, Estimate]
    difference: dict[str, Estimate]


def compare(labels: Labels, ours: Flagging, theirs: Flagging, seed: int = 0, resamples: int = RESAMPLES) -> Comparison:
    """Return every metric of two models, and of their difference, with intervals: labels (n,)."""

    def figures(rows: npt.NDArray[np.intp]) -> dict[str, float]:
        a, b = (evaluate_probabilities(labels[rows], p[rows], threshold) for p, threshold in (ours, theirs))
        parts = {"ours": a, "theirs": b, "difference": {name: a[name] - b[name] for name in TITLES}}
        return {f"{part} {name}": value for part, metrics in parts.items() for name, value in metrics.items()}

    found = bootstrap(figures, labels, seed, resamples)
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
