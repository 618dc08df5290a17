"""How sure we can be of a figure: its interval, from resamples of the customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churn.columns import Floats
from training.measure.labels import Labels

INTERVAL = 0.95
RESAMPLES = 300
_MOST_ROWS = 50_000
"""Resamples are at most this large; above it the interval's width is scaled by the square root of the rest."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric on a test part with its bootstrap interval (``INTERVAL``)."""

    value: float
    low: float
    high: float


Statistic = Callable[[npt.NDArray[np.intp]], Mapping[str, float]]
"""Row numbers -> figures by name."""


def bootstrap(statistic: Statistic, labels: Labels, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Estimate]:
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
    for _ in range(resamples):
        rows = np.concatenate([rng.choice(rows, max(1, round(share * len(rows)))) for rows in classes])
        for name, value in statistic(rows).items():
            drawn[name].append(value)
    return {name: _estimate(value, np.array(drawn[name]), share**0.5) for name, value in whole.items()}


def _estimate(value: float, drawn: Floats, scale: float) -> Estimate:
    tail = (1 - INTERVAL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    middle = float(np.median(drawn))
    return Estimate(value, value + (float(low) - middle) * scale, value + (float(high) - middle) * scale)
