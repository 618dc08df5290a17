"""TabM's ensemble in one network: k members that share their weights but for a few vectors of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

_package = keras.saving.register_keras_serializable("churn")


@_package
class EnsembleDense(keras.layers.Layer):
    """A dense layer for k members: member i answers activation(s_i * ((r_i * x_i) W) + b_i).

    Shape: (n, k, f) -> (n, k, units), and (n, f) -> (n, k, units) where all members read the same. W (f, units)
    is shared; r_i (f,), s_i (units,) and b_i (units,) are the member's own. Gorishniy et al. 2024, TabM
    (arXiv 2410.24210), section 3; BatchEnsemble is Wen et al. 2020 (arXiv 2002.06715). The first layer's r
    starts from random signs, so that the members begin apart; every other adapter starts from one.
    """

    def __init__(
        self, units: int, members: int, activation: str = "linear", *, signs: bool = False, **kwargs: Any
    ) -> None:
        """Take the width, the members, and whether r starts from random signs (the first layer's does)."""
        super().__init__(**kwargs)
        self.units, self.members, self.activation, self.signs = units, members, activation, signs

    def build(self, shape: Sequence[int | None]) -> None:
        """Make W, and r, s and b for each member."""
        features = int(shape[-1] or 0)
        start = _RandomSigns() if self.signs else "ones"
        self.kernel = self.add_weight(shape=(features, self.units), initializer="lecun_normal", name="kernel")
        self.r = self.add_weight(shape=(self.members, features), initializer=start, name="r")
        self.s = self.add_weight(shape=(self.members, self.units), initializer="ones", name="s")
        self.bias = self.add_weight(shape=(self.members, self.units), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        """Answer for every member; W is applied to all of them in one product."""
        x = (ops.expand_dims(x, 1) if len(x.shape) == 2 else x) * self.r
        shared = ops.reshape(x, (-1, x.shape[-1])) @ self.kernel
        own = ops.reshape(shared, (-1, self.members, self.units)) * self.s + self.bias
        return keras.activations.get(self.activation)(own)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"units": self.units, "members": self.members, "activation": self.activation, "signs": self.signs}
        return {**super().get_config(), **own}


@_package
class EnsembleLogits(keras.layers.Layer):
    """A linear head for each of k members, none shared: (n, k, f) -> logits (n, k).

    Gorishniy et al. 2024 (arXiv 2410.24210), section 3.
    """

    def build(self, shape: Sequence[int | None]) -> None:
        """Make the heads."""
        members, features = int(shape[-2] or 0), int(shape[-1] or 0)
        small = keras.initializers.RandomUniform(-1 / math.sqrt(features), 1 / math.sqrt(features))
        self.kernel = self.add_weight(shape=(members, features), initializer=small, name="kernel")
        self.bias = self.add_weight(shape=(members,), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        """Answer for every member."""
        return ops.sum(x * self.kernel, axis=-1) + self.bias


@_package
class MeanMember(keras.layers.Layer):
    """The members' logits -> the logit of their mean probability: (n, k) -> (n, 1).

    The members are trained one by one and answer together (arXiv 2410.24210, section 3).
    """

    LEAST = 1e-7
    """The mean stays this far from 0 and 1, so that its logit is finite in float32."""

    def call(self, logits: Any) -> Any:
        """Average the probabilities."""
        mean = ops.clip(ops.mean(ops.sigmoid(logits), axis=-1, keepdims=True), self.LEAST, 1 - self.LEAST)
        return ops.log(mean) - ops.log(1.0 - mean)


class _RandomSigns(keras.initializers.Initializer):
    """-1 or 1, each with an even chance."""

    def __init__(self) -> None:
        self.seed = keras.random.SeedGenerator()

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        return ops.cast(keras.random.randint(shape, 0, 2, seed=self.seed) * 2 - 1, dtype or "float32")
