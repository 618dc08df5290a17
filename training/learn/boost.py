"""The booster in the teacher: CatBoost where it is installed, else scikit-learn's HistGradientBoosting.

It only teaches; what is served is always a Keras network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import pandas as pd

from churn.columns import Columns, Floats
from training.learn.pairs import NO_PAIRS, Pairs, fit_pairs
from training.measure.labels import Labels

Rows = npt.NDArray[np.intp]
Predict = Callable[[Columns], Floats]
"""n customers -> probabilities (n,)."""

TREES = 2_000
PATIENCE = 50
_MOST_TREE_LEVELS = 255
"""HistGradientBoosting takes no category with more levels than this; one with more is given to it as a number."""


@dataclass(frozen=True, slots=True)
class Boosting:
    """A booster's settings: the trees' depth, the learning rate, the L2 penalty of the leaves."""

    depth: int = 6
    rate: float = 0.05
    l2: float = 3.0


def booster_name() -> str:
    """Say which booster there is."""
    return "CatBoost" if find_spec("catboost") else "HistGradientBoosting"


def fit_booster(
    columns: Columns, labels: Labels, train: Rows, stop: Rows, settings: Boosting, *, seed: int, pairs: bool = False
) -> Predict:
    """Fit on the rows ``train`` of n customers, labels (n,) 0/1; the log loss on the rows ``stop`` ends it.

    With ``pairs`` it also reads sums and differences of numbers (``training.learn.pairs``).
    """
    if not _varies(columns.take(train)):
        rate = float(labels[train].mean())
        return lambda asked: np.full(len(asked), rate)
    fit = _fit_catboost if booster_name() == "CatBoost" else _fit_histogram
    more = fit_pairs(columns.take(train), labels[train], seed) if pairs else NO_PAIRS
    return fit(columns, labels, (train, stop), more, settings, seed)


def _varies(columns: Columns) -> bool:
    """Say whether any field has two values among these customers; a booster refuses to fit when none has."""
    numbers = np.nan_to_num(columns.numbers, nan=np.inf)
    return bool((numbers != numbers[:1]).any() or (columns.codes != columns.codes[:1]).any())


def _fit_catboost(
    columns: Columns, labels: Labels, rows: tuple[Rows, Rows], pairs: Pairs, settings: Boosting, seed: int
) -> Predict:
    """Prokhorenkova et al. 2018, CatBoost (arXiv 1706.09516)."""
    from catboost import CatBoostClassifier, Pool

    first = columns.numbers.shape[1] + pairs.width
    categories = list(range(first, first + columns.codes.shape[1]))

    def pool(part: Rows) -> Pool:
        return Pool(_frame(columns.take(part), pairs), labels[part], cat_features=categories)

    model = CatBoostClassifier(
        iterations=TREES,
        learning_rate=settings.rate,
        depth=settings.depth,
        l2_leaf_reg=settings.l2,
        early_stopping_rounds=PATIENCE,
        random_seed=seed,
        thread_count=1,  # several are fitted side by side
        allow_writing_files=False,
        verbose=False,
    )
    model.fit(pool(rows[0]), eval_set=pool(rows[1]))
    return lambda asked: np.asarray(model.predict_proba(_frame(asked, pairs), thread_count=1)[:, 1], dtype=np.float64)


def _frame(columns: Columns, pairs: Pairs) -> pd.DataFrame:
    """Return n rows: float32 numbers (NaN where missing), pairs of them, then the codes of the categories."""
    numbers = (part.astype(np.float32) for part in (columns.numbers, pairs(columns)))
    parts = [column for part in numbers for column in part.T]
    return pd.DataFrame(dict(enumerate([*parts, *columns.codes.T])), copy=False)


def _fit_histogram(
    columns: Columns, labels: Labels, rows: tuple[Rows, Rows], pairs: Pairs, settings: Boosting, seed: int
) -> Predict:
    """scikit-learn's gradient boosting on histograms, after Ke et al. 2017, LightGBM."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    few = [len(field.levels) <= _MOST_TREE_LEVELS for field in columns.schema.categories]
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=settings.rate,
        max_leaf_nodes=2 * settings.depth,
        l2_regularization=settings.l2,
        max_features=0.5,
        categorical_features=[False] * (columns.numbers.shape[1] + pairs.width) + few,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        tol=0.0,
        random_state=seed,
    )
    train, stop = (_matrix(columns.take(part), pairs) for part in rows)
    with threadpool_limits(1):  # several are fitted side by side
        model.fit(train, labels[rows[0]], X_val=stop, y_val=labels[rows[1]])
    return lambda asked: np.asarray(model.predict_proba(_matrix(asked, pairs))[:, 1], dtype=np.float64)


def _matrix(columns: Columns, pairs: Pairs) -> Floats:
    codes = np.where(columns.codes < 0, np.nan, columns.codes)
    return np.concatenate([columns.numbers, pairs(columns), codes], axis=1)
