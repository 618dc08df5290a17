"""The logistic regression that the network has to beat, on the same rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from churn.columns import Columns, Floats
from churn.engines.reference import to_frame
from training.metrics import Labels

STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Inverse regularisation strengths, of which the one with the lowest validation log loss is taken."""


def fit_baseline(
    train: Columns, labels: Labels, validation: Columns, their_labels: Labels
) -> Callable[[Columns], Floats]:
    """Fit a logistic regression on (n,) customers; return columns (m,) -> probability (m,)."""
    frame, theirs = _frame(train), _frame(validation)
    fitted = [_pipeline(train, strength).fit(frame, labels) for strength in STRENGTHS]
    best = min(fitted, key=lambda model: log_loss(their_labels, model.predict_proba(theirs)[:, 1]))
    return lambda columns: np.asarray(best.predict_proba(_frame(columns))[:, 1], dtype=np.float64)


def _frame(columns: Columns) -> pd.DataFrame:
    """Return the canonical frame with missing categories as a level of their own."""
    frame = to_frame(columns)
    names = [field.name for field in columns.schema.categories]
    frame[names] = frame[names].fillna("\0missing")
    return frame


def _pipeline(columns: Columns, strength: float) -> Pipeline:
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    preprocess = make_column_transformer(
        (numbers, [field.name for field in columns.schema.numbers]),
        (OneHotEncoder(handle_unknown="ignore"), [field.name for field in columns.schema.categories]),
    )
    return make_pipeline(preprocess, LogisticRegression(C=strength, max_iter=2_000))
