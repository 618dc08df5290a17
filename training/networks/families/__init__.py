"""The families of networks by name, each a function that builds an untrained network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras

from churn.schema import Schema
from training.networks.families.network import Inputs
from training.networks.families.plain import build_functional, build_sequential
from training.networks.families.realmlp import build_realmlp
from training.networks.families.tabm import build_tabm

Build = Callable[[Schema, Inputs], keras.Model]
"""(schema, the training rows' inputs) -> an untrained network {"numbers": (n, f), "codes": (n, c)} -> (n, 1)."""

FAMILIES: Mapping[str, Build] = {
    "sequential": build_sequential,
    "functional": build_functional,
    "realmlp": build_realmlp,
    "tabm": build_tabm,
}
"""What ``--model`` names, besides the distilled default, whose student is a RealMLP."""
