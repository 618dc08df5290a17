"""Sums and differences of numbers, for boosters: a tree cuts along one column, and needs many cuts for x + y > c.

Such a pair shows at once that a bill is the sum of four charges, or that a price rose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier

from churn.columns import Columns, Floats
from training.measure.labels import Labels

MOST_NUMBERS = 8
"""Pairs grow as the square: of more numbers only those are paired by which extremely randomised trees split most."""
_SAMPLE_ROWS = 20_000
_SAME = 0.999
"""From this rank correlation on, two numbers count as the same one."""


@dataclass(frozen=True)
class Pairs:
    """Which numbers are paired, and how they are scaled before: each (k,)."""

    chosen: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    center: Floats = field(default_factory=lambda: np.empty(0))
    scale: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def width(self) -> int:
        """Count the columns that are made: k (k - 1) of two, and one of all where there are more than two."""
        return len(self.chosen) * (len(self.chosen) - 1) + (len(self.chosen) > 2)

    def __call__(self, columns: Columns) -> Floats:
        """Return the sum and the difference of every two of the chosen, scaled, and the sum of all: (n, width)."""
        scaled = (columns.numbers[:, self.chosen] - self.center) / self.scale
        made = [both for a, b in combinations(scaled.T, 2) for both in (a + b, a - b)]
        if len(self.chosen) > 2:
            made.append(scaled.sum(axis=1))
        return np.stack(made, axis=1) if made else np.empty((len(columns), 0))


NO_PAIRS = Pairs()


def fit_pairs(columns: Columns, labels: Labels, seed: int) -> Pairs:
    """Choose the numbers of n customers, labels (n,) 0/1, and scale them by median and interquartile range."""
    numbers = columns.numbers[:_SAMPLE_ROWS]
    chosen = _different(numbers)
    if len(chosen) < 2:
        return NO_PAIRS
    low, center, high = np.nanquantile(numbers[:, chosen], [0.25, 0.5, 0.75], axis=0)
    spread = np.where(high > low, high - low, np.nanstd(numbers[:, chosen], axis=0))
    scale = np.where(spread > 0, spread, 1.0)
    if len(chosen) > MOST_NUMBERS:
        filled = np.where(np.isnan(numbers[:, chosen]), center, numbers[:, chosen])
        filled = np.clip((filled - center) / scale, -1e6, 1e6)
        best = np.sort(_most_split_by(filled, columns.codes[:_SAMPLE_ROWS], labels[:_SAMPLE_ROWS], seed))
        chosen, center, scale = chosen[best], center[best], scale[best]
    return Pairs(chosen, center, scale)


def _different(numbers: Floats) -> npt.NDArray[np.intp]:
    """Return the columns that are known somewhere and do not follow an earlier one (minutes, and what they cost)."""
    kept: list[int] = []
    ranks = np.apply_along_axis(rankdata, 0, np.where(np.isnan(numbers), -np.inf, numbers))
    for j in range(numbers.shape[1]):
        if np.isnan(numbers[:, j]).all():
            continue
        centred = ranks[:, [*kept, j]] - ranks[:, [*kept, j]].mean(axis=0)
        spread = np.sqrt((centred**2).sum(axis=0))
        alike = np.abs(centred[:, :-1].T @ centred[:, -1]) > _SAME * spread[:-1] * spread[-1]
        if not (alike & (spread[:-1] > 0)).any():
            kept.append(j)
    return np.array(kept, dtype=np.intp)


def _most_split_by(numbers: Floats, codes: npt.NDArray[np.int32], labels: Labels, seed: int) -> npt.NDArray[np.intp]:
    """Return the ``MOST_NUMBERS`` of d numbers (n, d) that matter most beside each other and the categories."""
    trees = ExtraTreesClassifier(100, max_depth=8, max_features=None, n_jobs=1, random_state=seed)
    trees.fit(np.concatenate([numbers, codes], axis=1), labels)
    return np.argsort(-trees.feature_importances_[: numbers.shape[1]], kind="stable")[:MOST_NUMBERS]
