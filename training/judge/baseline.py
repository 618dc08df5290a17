"""The logistic regression that the network has to beat, on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from churn.columns import Columns, Floats
from churn.engines.frame import to_frame
from churn.schema import Schema
from training.learn.material import slices
from training.measure.labels import Labels
from training.table.split import some

MOST_LEVELS = 1_000
"""In a category with more levels the rarest are merged: a column for each would take minutes and add nothing."""
MOST_ROWS = 100_000
"""Of a larger training part so many rows are drawn: a linear model of a few columns gets no better with more."""
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
    drawn = some(np.arange(len(labels)), MOST_ROWS, np.random.default_rng(0))
    train, labels = train.take(drawn), labels[drawn]
    frame, theirs = _frame(train), _frame(validation)
    preprocess = _preprocess(train.schema).fit(frame)
    ready, theirs_ready = preprocess.transform(frame), preprocess.transform(theirs)
    fitted = {strength: _regression(strength).fit(ready, labels) for strength in STRENGTHS}
    losses = {c: log_loss(their_labels, model.predict_proba(theirs_ready)[:, 1]) for c, model in fitted.items()}
    best = min(losses, key=lambda strength: losses[strength])
    again = make_pipeline(_preprocess(train.schema), _regression(best))
    again.fit(pd.concat([frame, theirs]), np.concatenate([labels, their_labels]))
    return Baseline(_predict(make_pipeline(preprocess, fitted[best])), _predict(again))


def _predict(model: Pipeline) -> Predict:
    def predict(columns: Columns) -> Floats:
        parts = [model.predict_proba(_frame(columns.take(rows)))[:, 1] for rows in slices(len(columns))]
        return np.concatenate(parts).astype(np.float64)

    return predict


def _frame(columns: Columns) -> pd.DataFrame:
    """Return the canonical frame with missing categories as a level of their own."""
    frame = to_frame(columns)
    names = [field.name for field in columns.schema.categories]
    frame[names] = frame[names].fillna("\0missing")
    return frame


def _preprocess(schema: Schema) -> ColumnTransformer:
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    return make_column_transformer(
        (numbers, [field.name for field in schema.numbers]),
        (
            OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS),
            [field.name for field in schema.categories],
        ),
    )


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2_000)
