"""Calibration of the network's logits on rows that trained nothing."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt

from training.model import CALIBRATION, Inputs, logits

IDENTITY = (1.0, 0.0)
PRIOR_SPREAD = 0.25
"""How far log a and b are expected to lie from zero: few rows move little, thousands decide alone."""
_STEPS = 50
_TOLERANCE = 1e-9

Floats = npt.NDArray[np.float64]


def calibrate(model: keras.Model, inputs: Inputs, labels: npt.NDArray[np.integer]) -> tuple[float, float]:
    """Calibrate ``model`` (in place) on n rows, labels (n,) 0/1, that trained nothing; return (a, b)."""
    a, b = fit_platt(logits(model, inputs), labels)
    model.get_layer(CALIBRATION).set_weights([np.float32(a), np.float32(b)])
    return a, b


def fit_platt(logits: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]) -> tuple[float, float]:
    """Return (a, b), a > 0, for which sigmoid(a * logit + b) fits the labels best: (n,), (n,) 0/1.

    Platt 1999, Probabilistic Outputs for Support Vector Machines, by Fisher scoring on (log a, b). Instead of
    Platt's smoothed targets, log a and b have a normal prior around the identity, which also decides when the
    data cannot. It is the identity where there are no rows, where all are of one label or where a logit is
    not finite.
    """
    x, y = np.asarray(logits, np.float64), np.asarray(labels, np.float64)
    if not np.isfinite(x).all() or len(np.unique(y)) < 2:
        return IDENTITY
    theta = np.zeros(2)
    for _ in range(_STEPS):
        step = _scoring_step(theta, x, y)
        while _loss(theta + step, x, y) > _loss(theta, x, y) and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        if np.abs(step).max() <= _TOLERANCE:
            break
        theta = theta + step
    return float(np.exp(theta[0])), float(theta[1])


def _scoring_step(theta: Floats, x: Floats, y: Floats) -> Floats:
    slope = np.exp(theta[0]) * x
    p = 1 / (1 + np.exp(-np.clip(slope + theta[1], -500, 500)))
    jacobian = np.stack([slope, np.ones_like(x)], axis=1)
    gradient = jacobian.T @ (p - y) + theta / PRIOR_SPREAD**2
    curvature = jacobian.T @ (jacobian * (p * (1 - p))[:, None]) + np.eye(2) / PRIOR_SPREAD**2
    step: Floats = -np.linalg.solve(curvature, gradient)
    return np.clip(step, -1, 1)


def _loss(theta: Floats, x: Floats, y: Floats) -> float:
    z = np.exp(theta[0]) * x + theta[1]
    return float(np.sum(np.logaddexp(0, z) - y * z) + theta @ theta / (2 * PRIOR_SPREAD**2))
