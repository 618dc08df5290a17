"""The network: a small MLP in the manner of RealMLP (Holzmüller et al. 2024, arXiv 2407.04491)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from churn.schema import Schema
from training.layers import Calibration, CategoryEmbedding, ColumnScale, PeriodicEmbedding, SmoothClip

Inputs = dict[str, npt.NDArray[Any]]
"""The network's inputs by name: "numbers" (n, f) float32, "codes" (n, c) int32; one without columns is left out."""
LOGIT, CALIBRATION = "logit", "probability"
BATCH_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the network is made of; the same for every table."""

    widths: tuple[int, ...] = (128, 128)
    activation: str = "selu"
    dropout: float = 0.15
    frequencies: int = 16
    number_dimensions: int = 4
    sigma: float = 0.3
    category_dimensions: int = 8


RECIPE = Recipe()


def build_model(schema: Schema, seed: int = 0, recipe: Recipe = RECIPE) -> keras.Model:
    """Return the untrained network: {"numbers": (n, f), "codes": (n, c)} -> probability (n, 1).

    f counts the schema's numbers and then one missing indicator for each that is nullable.
    """
    keras.utils.set_random_seed(seed)
    inputs, features = {}, []
    if schema.numbers:
        indicators = sum(field.nullable for field in schema.numbers)
        inputs["numbers"] = keras.Input((len(schema.numbers) + indicators,), name="numbers", dtype="float32")
        features += _numbers(inputs["numbers"], len(schema.numbers), recipe)
    if schema.categories:
        inputs["codes"] = keras.Input((len(schema.categories),), name="codes", dtype="int32")
        features += _codes(inputs["codes"], [len(field.levels) for field in schema.categories], recipe)
    hidden = keras.layers.concatenate(features) if len(features) > 1 else features[0]
    for width in recipe.widths:
        hidden = keras.layers.Dense(width, recipe.activation, kernel_initializer="lecun_normal")(hidden)
        hidden = keras.layers.Dropout(recipe.dropout)(hidden)
    logit = keras.layers.Dense(1, name=LOGIT)(hidden)
    return keras.Model(inputs, Calibration(name=CALIBRATION)(logit), name="churn")


def _numbers(numbers: Any, count: int, recipe: Recipe) -> list[Any]:
    quantities = SmoothClip()(numbers[:, :count])
    periodic = PeriodicEmbedding(recipe.frequencies, recipe.number_dimensions - 1, recipe.sigma)(quantities)
    features = [ColumnScale()(quantities), ColumnScale()(periodic)]
    if numbers.shape[1] > count:
        # From zero: an indicator that was never set in training has no say when it is set later.
        features.append(ColumnScale(start=0.0)(numbers[:, count:]))
    return features


def _codes(codes: Any, levels: list[int], recipe: Recipe) -> list[Any]:
    return [ColumnScale()(CategoryEmbedding(levels, recipe.category_dimensions)(codes))]


def logit_model(model: keras.Model) -> keras.Model:
    """Return the network up to the logit, on the same weights: what is trained, and then calibrated."""
    return keras.Model(model.inputs, model.get_layer(LOGIT).output)


def logits(model: keras.Model, inputs: Inputs) -> npt.NDArray[np.float64]:
    """Return the uncalibrated logits, (n,)."""
    return _in_batches(logit_model(model), inputs)


def probabilities(model: keras.Model, inputs: Inputs) -> npt.NDArray[np.float64]:
    """Return the calibrated probabilities, (n,)."""
    return _in_batches(model, inputs)


def _in_batches(model: keras.Model, inputs: Inputs) -> npt.NDArray[np.float64]:
    answers: Any = model.predict(inputs, batch_size=BATCH_ROWS, verbose=0)
    return np.asarray(answers, dtype=np.float64).reshape(-1)
