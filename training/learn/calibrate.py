"""Calibration of logits on rows that trained nothing: beta calibration, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from churn.columns import Floats
from training.measure.labels import Labels
from training.networks.families.network import CALIBRATION
from training.table.alike import Groups
from training.table.split import folds

PRIOR_SPREAD = 0.25
"""How far ln a, ln b and c are expected to lie from zero: few rows move little, thousands decide alone."""
FOLDS = 5
_STEPS = 50
_TOLERANCE = 1e-9
_FAR = 30.0

Apply = Callable[[Floats], Floats]
"""Logits (n,) -> calibrated probabilities (n,)."""


@dataclass(frozen=True, slots=True)
class Beta:
    """sigmoid(a ln p - b ln(1 - p) + c) with p = sigmoid(logit); the identity on probabilities by default.

    Kull, Silva Filho & Flach 2017, Beta calibration (AISTATS), equation 2. With a = b it is Platt's sigmoid.
    """

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def logit(self, logits: Floats) -> Floats:
        """Return calibrated logits, (n,) -> (n,)."""
        below, above = _logarithms(logits)
        return self.a * below + self.b * above + self.c

    def __call__(self, logits: Floats) -> Floats:
        """Return calibrated probabilities, (n,) -> (n,)."""
        return sigmoid(self.logit(logits))

    def put_into(self, model: keras.Model) -> None:
        """Set the calibration of a network, in place: from then on it answers calibrated probabilities."""
        model.get_layer(CALIBRATION).set_weights([np.float32(self.a), np.float32(self.b), np.float32(self.c)])


def fit_beta(logits: npt.NDArray[np.floating], labels: Labels) -> Beta:
    """Return the beta calibration, a and b > 0, that fits the labels best: (n,), (n,) 0/1.

    ln a, ln b and c have a normal prior around the identity, which also decides when the data cannot. It is the
    identity where there are no rows, where all are of one label or where a logit is not finite.
    """
    slopes, c = _fit(np.stack(_logarithms(logits), axis=1), labels)
    return Beta(slopes[0], slopes[1], c)


def fit_platt(logits: npt.NDArray[np.floating], labels: Labels) -> Beta:
    """Return Platt's sigmoid(a * logit + c), a > 0: (n,), (n,) 0/1.

    Platt 1999, Probabilistic Outputs for Support Vector Machines; instead of his smoothed targets the prior of
    ``fit_beta``.
    """
    slopes, c = _fit(np.asarray(logits, np.float64)[:, None], labels)
    return Beta(slopes[0], slopes[0], c)


def fit_temperature(logits: npt.NDArray[np.floating], labels: Labels) -> Beta:
    """Return sigmoid(logit / T), T > 0: (n,), (n,) 0/1. Guo et al. 2017, On Calibration of Modern Neural Networks."""
    slopes, _ = _fit(np.asarray(logits, np.float64)[:, None], labels, offset=False)
    return Beta(slopes[0], slopes[0])


def fit_isotonic(logits: Floats, labels: Labels) -> Apply:
    """Return the step function that never decreases and fits best: (n,), (n,) 0/1. Zadrozny & Elkan 2002.

    It ties customers, so it is here to be compared with, and not in the exported graph.
    """
    steps = IsotonicRegression(out_of_bounds="clip").fit(logits, labels)
    edge = 1 / (len(labels) + 2)  # a step without a churner is no proof that there is none
    return lambda new: np.clip(np.asarray(steps.predict(new), dtype=np.float64), edge, 1 - edge)


METHODS: Mapping[str, Callable[[Floats, Labels], Apply]] = {
    "none": lambda _logits, _labels: sigmoid,
    "temperature": fit_temperature,
    "Platt": fit_platt,
    "isotonic": fit_isotonic,
    "beta": fit_beta,
}


def compare_methods(logits: Floats, labels: Labels, seed: int, groups: Groups | None = None) -> dict[str, Floats]:
    """Return each method's probabilities, (n,), for rows that did not fit it: cross-fitted over ``FOLDS`` folds.

    Fewer folds where there are fewer of a kind, and none, each on the rows that fitted it, where there is one alone.
    """
    count = min(FOLDS, int(np.bincount(labels, minlength=2).min()))
    if count < 2:
        return {name: method(logits, labels)(logits) for name, method in METHODS.items()}
    found = {name: np.empty(len(labels)) for name in METHODS}
    for fit, held_out in folds(labels, count, seed, groups):
        for name, method in METHODS.items():
            found[name][held_out] = method(logits[fit], labels[fit])(logits[held_out])
    return found


def sigmoid(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), (n,) -> (n,), for any finite x."""
    probability: Floats = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
    return probability


def logit(probability: Floats) -> Floats:
    """Return the logit of probabilities, (n,) -> (n,), cut to +-``_FAR``."""
    with np.errstate(divide="ignore"):
        x: Floats = np.log(probability) - np.log1p(-probability)
    return np.clip(x, -_FAR, _FAR)


def _logarithms(logits: npt.NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return ln p and -ln(1 - p) of p = sigmoid(logit)."""
    x = np.asarray(logits, np.float64)
    with np.errstate(invalid="ignore"):  # NaN in, NaN out: the caller looks
        return -np.logaddexp(0, -x), np.logaddexp(0, x)


def _fit(basis: Floats, labels: Labels, *, offset: bool = True) -> tuple[list[float], float]:
    """Return slopes > 0 of the columns of ``basis`` (n, k), and the offset, by Fisher scoring on their ln."""
    y, theta = np.asarray(labels, np.float64), np.zeros(basis.shape[1] + 1)
    if not np.isfinite(basis).all() or len(np.unique(y)) < 2:
        return [1.0] * basis.shape[1], 0.0
    for _ in range(_STEPS):
        step = _scoring_step(theta, basis, y)
        step[-1] *= offset
        while _loss(theta + step, basis, y) > _loss(theta, basis, y) and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        if np.abs(step).max() <= _TOLERANCE:
            break
        theta = theta + step
    return np.exp(theta[:-1]).tolist(), float(theta[-1])


def _scoring_step(theta: Floats, basis: Floats, y: Floats) -> Floats:
    scaled = basis * np.exp(theta[:-1])
    p = sigmoid(scaled.sum(axis=1) + theta[-1])
    jacobian = np.concatenate([scaled, np.ones((len(y), 1))], axis=1)
    gradient = jacobian.T @ (p - y) + theta / PRIOR_SPREAD**2
    curvature = jacobian.T @ (jacobian * (p * (1 - p))[:, None]) + np.eye(len(theta)) / PRIOR_SPREAD**2
    step: Floats = np.clip(-np.linalg.solve(curvature, gradient), -1, 1)
    return step


def _loss(theta: Floats, basis: Floats, y: Floats) -> float:
    z = basis @ np.exp(theta[:-1]) + theta[-1]
    return float(np.sum(np.logaddexp(0, z) - y * z) + theta @ theta / (2 * PRIOR_SPREAD**2))
