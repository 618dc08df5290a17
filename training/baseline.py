"""The logistic regression that the network has to beat, on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

MOST_LEVELS = 1_000
"""Of a category with more levels the rarest are one: a column for each would take minutes and tell nothing."""
Predict = Callable[[Columns], Floats]
"""Customers (n) -> probabilities (n,)."""
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Inverse regularisation strengths, of which the one with the lowest validation log loss is taken."""


@dataclass(frozen=True)
class Baseline:
    """A logistic regression: ``chosen`` learned from the training part, ``refitted`` from the validation part too."""

    chosen: Predict
    refitted: Predict


def fit_baseline(train: Columns, labels: Labels, validation: Columns, their_labels: Labels) -> Baseline:
    """Fit a logistic regression on (n,) customers, its strength chosen by the log loss on (m,) others; then on all."""
    frame, theirs = _frame(train), _frame(validation)
    fitted = {strength: _pipeline(train, strength).fit(frame, labels) for strength in STRENGTHS}
    losses = {strength: log_loss(their_labels, model.predict_proba(theirs)[:, 1]) for strength, model in fitted.items()}
    best = min(losses, key=lambda strength: losses[strength])
    again = _pipeline(train, best).fit(pd.concat([frame, theirs]), np.concatenate([labels, their_labels]))
    return Baseline(_predict(fitted[best]), _predict(again))


def _predict(model: Pipeline) -> Predict:
    return lambda columns: np.asarray(model.predict_proba(_frame(columns))[:, 1], dtype=np.float64)


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
        (
            OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS),
            [field.name for field in columns.schema.categories],
        ),
    )
    return make_pipeline(preprocess, LogisticRegression(C=strength, max_iter=2_000))
