"""Probabilities and log-odds."""

from __future__ import annotations

import numpy as np

from churn.arrays import Floats


def log_odds(probability: Floats) -> Floats:
    """Return ln(p / (1 - p)), (n,) -> (n,), finite for 0 and 1, too."""
    p = np.clip(probability, 1e-15, 1 - 1e-15)
    odds: Floats = np.log(p) - np.log1p(-p)
    return odds


def probability_of(odds: Floats) -> Floats:
    """Return the probability that log-odds mean, of any shape."""
    probability: Floats = 1 / (1 + np.exp(-odds))
    return probability
