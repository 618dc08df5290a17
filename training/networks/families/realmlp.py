"""A small MLP in the manner of RealMLP (Holzmüller et al. 2024, arXiv 2407.04491); the student is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras

from churn.schema import Schema
from training.networks.families.network import LOGIT, Inputs, finish, joined, make_inputs
from training.networks.layers import (
    CategoryEmbedding,
    ColumnScale,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    SmoothClip,
    quantile_edges,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a network is made of; the same for every table."""

    widths: tuple[int, ...] = (128, 128)
    activation: str = "selu"
    dropout: float = 0.15
    embedding: Literal["periodic", "piecewise"] = "periodic"
    frequencies: int = 16
    bins: int = 24
    number_dimensions: int = 4
    sigma: float = 0.3
    category_dimensions: int = 8


RECIPE = Recipe()


def build_realmlp(schema: Schema, train: Inputs, recipe: Recipe = RECIPE) -> keras.Model:
    """Return the untrained network; ``train`` gives the piecewise-linear embedding its bins."""
    inputs = make_inputs(schema)
    hidden = embed(inputs, schema, train, recipe)
    for width in recipe.widths:
        hidden = keras.layers.Dense(width, recipe.activation, kernel_initializer="lecun_normal")(hidden)
        hidden = keras.layers.Dropout(recipe.dropout)(hidden)
    return finish(inputs, keras.layers.Dense(1, name=LOGIT)(hidden))


def embed(inputs: dict[str, Any], schema: Schema, train: Inputs, recipe: Recipe) -> Any:
    """Return the features (n, g) that the first dense layer reads, each column with a learned scale."""
    features = []
    if "numbers" in inputs:
        features += _numbers(inputs["numbers"], len(schema.numbers), train, recipe)
    if "codes" in inputs:
        levels = [len(field.levels) for field in schema.categories]
        features.append(ColumnScale()(CategoryEmbedding(levels, recipe.category_dimensions)(inputs["codes"])))
    return joined(features)


def _numbers(numbers: Any, count: int, train: Inputs, recipe: Recipe) -> list[Any]:
    quantities = SmoothClip()(numbers[:, :count])
    if recipe.embedding == "periodic":
        embedding = PeriodicEmbedding(recipe.frequencies, recipe.number_dimensions - 1, recipe.sigma)(quantities)
    else:
        edges = quantile_edges(train["numbers"][:, :count], recipe.bins)
        embedding = PiecewiseLinearEmbedding(edges, recipe.number_dimensions)(numbers[:, :count])
    features = [ColumnScale()(quantities), ColumnScale()(embedding)]
    if numbers.shape[1] > count:
        # From zero: an indicator that was never set in training has no say when it is set later.
        features.append(ColumnScale(start=0.0)(numbers[:, count:]))
    return features
