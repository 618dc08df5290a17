"""TabM: an ensemble in one network (Gorishniy et al. 2024, arXiv 2410.24210), on RealMLP's embeddings."""

from __future__ import annotations

from dataclasses import replace

import keras

from churn.schema import Schema
from training.networks.families.network import LOGIT, Inputs, finish, make_inputs
from training.networks.families.realmlp import RECIPE, Recipe, embed
from training.networks.layers import EnsembleDense, EnsembleLogits

MEMBERS = 8
PIECEWISE = replace(RECIPE, embedding="piecewise")


def build_tabm(schema: Schema, train: Inputs, recipe: Recipe = PIECEWISE, members: int = MEMBERS) -> keras.Model:
    """Return the untrained network of ``members`` members; ``train`` gives the embedding its bins."""
    inputs = make_inputs(schema)
    hidden = embed(inputs, schema, train, recipe)
    for depth, width in enumerate(recipe.widths):
        hidden = EnsembleDense(width, members, recipe.activation, signs=depth == 0)(hidden)
        hidden = keras.layers.Dropout(recipe.dropout)(hidden)
    return finish(inputs, EnsembleLogits(name=LOGIT)(hidden))
