"""The families of networks behind one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras

from churn.schema import Schema
from training.families.network import Inputs
from training.families.plain import build_functional, build_sequential
from training.families.realmlp import build_realmlp
from training.families.tabm import build_tabm

Build = Callable[[Schema, Inputs], keras.Model]
"""(schema, the training rows' inputs) -> an untrained network {"numbers": (n, f), "codes": (n, c)} -> (n, 1)."""

FAMILIES: Mapping[str, Build] = {
    "sequential": build_sequential,
    "functional": build_functional,
    "realmlp": build_realmlp,
    "tabm": build_tabm,
}
"""What ``--model`` names, besides the distilled default, whose student is a RealMLP."""


def build_model(family: str, schema: Schema, train: Inputs, seed: int = 0) -> keras.Model:
    """Return the untrained network of a family; the same seed gives the same weights."""
    keras.utils.set_random_seed(seed)
    return FAMILIES[family](schema, train)
