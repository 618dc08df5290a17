"""The booster in the teacher: CatBoost where it is installed, else scikit-learn's HistGradientBoosting.

It only teaches; what is served is always a Keras network.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import pandas as pd

from churn.columns import Columns, Floats
from training.metrics import Labels

Rows = npt.NDArray[np.intp]
Predict = Callable[[Columns], Floats]
"""n customers -> probabilities (n,)."""

TREES = 2_000
RATE = 0.05
PATIENCE = 50
_MOST_TREE_LEVELS = 255
"""HistGradientBoosting takes no category with more levels; it reads such a one as a number."""


def booster_name() -> str:
    """Say which booster there is."""
    return "CatBoost" if find_spec("catboost") else "HistGradientBoosting"


def fit_booster(columns: Columns, labels: Labels, train: Rows, stop: Rows, *, seed: int, depth: int = 6) -> Predict:
    """Fit on the rows ``train`` of n customers, labels (n,) 0/1; the log loss on the rows ``stop`` ends it."""
    fit = _fit_catboost if booster_name() == "CatBoost" else _fit_histogram
    return fit(columns, labels, train, stop, seed, depth)


def _fit_catboost(columns: Columns, labels: Labels, train: Rows, stop: Rows, seed: int, depth: int) -> Predict:
    """Prokhorenkova et al. 2018, CatBoost (arXiv 1706.09516)."""
    from catboost import CatBoostClassifier, Pool

    categories = [field.name for field in columns.schema.categories]

    def pool(rows: Rows) -> Pool:
        return Pool(_frame(columns.take(rows)), labels[rows], cat_features=categories)

    model = CatBoostClassifier(
        iterations=TREES,
        learning_rate=RATE,
        depth=depth,
        early_stopping_rounds=PATIENCE,
        random_seed=seed,
        thread_count=1,  # several are fitted side by side
        allow_writing_files=False,
        verbose=False,
    )
    model.fit(pool(train), eval_set=pool(stop))
    return lambda asked: np.asarray(model.predict_proba(_frame(asked), thread_count=1)[:, 1], dtype=np.float64)


def _frame(columns: Columns) -> pd.DataFrame:
    """Return n rows: float32 numbers (NaN where missing), and the codes of the categories."""
    numbers = {field.name: columns.numbers[:, j].astype(np.float32) for j, field in enumerate(columns.schema.numbers)}
    return pd.DataFrame(
        numbers | {field.name: columns.codes[:, j] for j, field in enumerate(columns.schema.categories)}
    )


def _fit_histogram(columns: Columns, labels: Labels, train: Rows, stop: Rows, seed: int, depth: int) -> Predict:
    """scikit-learn's gradient boosting on histograms, after Ke et al. 2017, LightGBM."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    few = [len(field.levels) <= _MOST_TREE_LEVELS for field in columns.schema.categories]
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=RATE,
        max_leaf_nodes=2 * depth,
        max_features=0.5,
        categorical_features=[False] * columns.numbers.shape[1] + few,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        tol=0.0,
        random_state=seed,
    )
    matrix = _matrix(columns)
    model.fit(matrix[train], labels[train], X_val=matrix[stop], y_val=labels[stop])
    return lambda asked: np.asarray(model.predict_proba(_matrix(asked))[:, 1], dtype=np.float64)


def _matrix(columns: Columns) -> Floats:
    return np.concatenate([columns.numbers, np.where(columns.codes < 0, np.nan, columns.codes)], axis=1)
