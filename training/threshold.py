"""From a probability to a flag and a band, each by a stated rule."""

from __future__ import annotations

from math import ceil

import numpy as np

from churn.bundle import Bands
from churn.columns import Floats
from training.metrics import Labels

LIKELIER_THAN_NOT = 0.5
THRESHOLD_RULE = (
    "the highest threshold whose recall on the validation part is at least {recall:.0%}, and 0.5 at the most, so that "
    "whoever is likelier to leave than to stay is flagged"
)
BANDS_RULE = (
    "low: below the threshold; medium: from the threshold; high: more likely to leave than to stay "
    "(0.5, or half-way from the threshold to 1 where the threshold is not below 0.5)"
)


def threshold_for_recall(labels: Labels, probability: Floats, recall: float) -> float:
    """Return the threshold by ``THRESHOLD_RULE``: labels (n,), probability (n,) -> probability.

    It lies half-way to the next lower probability, so that a rounding error in one engine flips nobody.
    """
    churners = np.sort(probability[labels == 1])[::-1]
    lowest = churners[max(ceil(recall * len(churners) - 1e-9), 1) - 1]
    below = probability[probability < lowest]
    highest = float((lowest + below.max()) / 2) if len(below) else float(lowest / 2)
    return min(highest, LIKELIER_THAN_NOT)


def bands_for(threshold: float) -> Bands:
    """Return the bands that belong to a threshold, by ``BANDS_RULE``."""
    return Bands(medium=threshold, high=LIKELIER_THAN_NOT if threshold < LIKELIER_THAN_NOT else (1 + threshold) / 2)
