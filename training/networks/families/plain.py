"""The plain baselines that a course project would build, so that a report can show baseline against improved."""

from __future__ import annotations

from typing import Any

import keras

from churn.columns import MISSING
from churn.schema import Schema
from training.networks.families.network import LOGIT, Inputs, finish, joined, make_inputs

MOST_ONE_HOT_LEVELS = 1_000
"""Of a category with more levels, only the first are told apart: a column for each would outgrow the memory."""


def build_sequential(schema: Schema, train: Inputs) -> keras.Model:  # noqa: ARG001  every family is built alike
    """Scaled numbers and one-hot categories through a ``keras.Sequential`` of 64 and 32 ReLUs."""
    inputs = make_inputs(schema)
    features = [inputs["numbers"]] if "numbers" in inputs else []
    features += [_one_hot(inputs["codes"], j, len(field.levels)) for j, field in enumerate(schema.categories)]
    stack = keras.Sequential(
        [
            keras.layers.Dense(64, "relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dense(1),
        ],
        name=LOGIT,
    )
    return finish(inputs, stack(joined(features)))


def _one_hot(codes: Any, column: int, levels: int) -> Any:
    """Return (n, rows) of 0 and 1: missing, never seen, then the levels."""
    rows = min(levels, MOST_ONE_HOT_LEVELS) - MISSING
    row = _row(codes, column)
    if levels > MOST_ONE_HOT_LEVELS:
        row = keras.ops.minimum(row, rows - 1)
    return keras.layers.CategoryEncoding(rows, output_mode="one_hot")(row)


def build_functional(schema: Schema, train: Inputs) -> keras.Model:  # noqa: ARG001
    """Scaled numbers beside a stock embedding of each category, through 64 and 32 ReLUs, functional API."""
    inputs = make_inputs(schema)
    features = [inputs["numbers"]] if "numbers" in inputs else []
    for j, field in enumerate(schema.categories):
        rows = len(field.levels) - MISSING
        embedded = keras.layers.Embedding(rows, min(8, rows))(_row(inputs["codes"], j))
        features.append(keras.layers.Flatten()(embedded))
    hidden = joined(features)
    for width in (64, 32):
        hidden = keras.layers.Dense(width, "relu")(hidden)
        hidden = keras.layers.Dropout(0.2)(hidden)
    return finish(inputs, keras.layers.Dense(1, name=LOGIT)(hidden))


def _row(codes: Any, column: int) -> Any:
    return codes[:, column : column + 1] - MISSING
