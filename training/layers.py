"""The layers of the network: small, stock operations only, so that every runtime has them.

In the shapes, n is the batch, d the numbers, f the number columns (missing indicators included), c the
categories.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from churn.columns import MISSING, UNSEEN

_package = keras.saving.register_keras_serializable("churn")


@_package
class SmoothClip(keras.layers.Layer):
    """x / sqrt(1 + (x / limit)^2): about x near zero, never beyond +-limit.

    Shape: (n, f) -> (n, f). Holzmüller et al. 2024, Better by Default (arXiv 2407.04491).
    """

    def __init__(self, limit: float = 3.0, **kwargs: Any) -> None:
        """Take the bound of the output."""
        super().__init__(**kwargs)
        self.limit = limit

    def call(self, x: Any) -> Any:
        """Clip smoothly."""
        return x * ops.rsqrt(1.0 + ops.square(x) * (1.0 / self.limit**2))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "limit": self.limit}


@_package
class PeriodicEmbedding(keras.layers.Layer):
    """Learned cosines of each number, mixed down to a few dimensions per number (PBLD without its skip).

    Shape: (n, d) -> (n, d * dimensions). Per number x: W cos(2 pi (w x + b)) + v, where w starts from
    N(0, sigma^2). Gorishniy et al. 2022, On Embeddings for Numerical Features (arXiv 2203.05556), in the
    form of Holzmüller et al. 2024 (arXiv 2407.04491), who put x itself beside it.
    """

    def __init__(self, frequencies: int = 16, dimensions: int = 3, sigma: float = 0.3, **kwargs: Any) -> None:
        """Take the cosines and the dimensions of each number, and the spread of the first frequencies."""
        super().__init__(**kwargs)
        self.frequencies, self.dimensions, self.sigma = frequencies, dimensions, sigma

    def build(self, shape: Sequence[int | None]) -> None:
        """Make the weights for d numbers."""
        count = int(shape[-1] or 0)
        cosines = (count, self.frequencies)
        turn, fan_in = keras.initializers.RandomUniform(-math.pi, math.pi), 1 / math.sqrt(self.frequencies)
        spread = keras.initializers.RandomNormal(stddev=2 * math.pi * self.sigma)
        small = keras.initializers.RandomUniform(-fan_in, fan_in)
        self.frequency = self.add_weight(shape=cosines, initializer=spread, name="frequency")
        self.phase = self.add_weight(shape=cosines, initializer=turn, name="phase")
        self.kernel = self.add_weight(shape=(*cosines, self.dimensions), initializer=small, name="kernel")
        self.bias = self.add_weight(shape=(count * self.dimensions,), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        """Embed every number."""
        waves = ops.cos(ops.expand_dims(x, -1) * self.frequency + self.phase)
        mixed = ops.einsum("ndk,dkm->ndm", waves, self.kernel)
        return ops.reshape(mixed, (-1, self.bias.shape[0])) + self.bias

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"frequencies": self.frequencies, "dimensions": self.dimensions, "sigma": self.sigma}
        return {**super().get_config(), **own}


@_package
class CategoryEmbedding(keras.layers.Layer):
    """Codes -> a few learned dimensions for each category, all from one table.

    Shape: (n, c) int32 -> (n, c * dimensions). Each category has a row for missing (-2), one for a level
    never seen (-1), then its levels. While training, a few cells at random are taken for never seen, so that
    this row learns to mean "nothing known", and still fewer for missing, so that it means the same in a
    column where training had nothing missing.
    """

    UNSEEN_RATE = 0.01
    MISSING_RATE = 0.002

    def __init__(self, levels: Sequence[int], dimensions: int = 8, **kwargs: Any) -> None:
        """Take the number of levels of each category, and the dimensions of each."""
        super().__init__(**kwargs)
        self.levels, self.dimensions = tuple(levels), dimensions
        self.random = keras.random.SeedGenerator()

    def build(self, shape: Sequence[int | None]) -> None:  # noqa: ARG002  the levels say it all
        """Make the table."""
        rows = [count - MISSING for count in self.levels]
        self.first_row = np.cumsum([-MISSING, *rows[:-1]], dtype=np.int32)
        normal = keras.initializers.RandomNormal(stddev=1 / math.sqrt(self.dimensions))
        self.table = self.add_weight(shape=(sum(rows), self.dimensions), initializer=normal, name="table")

    def call(self, codes: Any, training: bool | None = None) -> Any:  # noqa: FBT001  Keras passes it
        """Look the codes up."""
        if training:
            codes = self._dropped(codes)
        rows = ops.take(self.table, codes + self.first_row, axis=0)
        return ops.reshape(rows, (-1, len(self.levels) * self.dimensions))

    def _dropped(self, codes: Any) -> Any:
        chance = keras.random.uniform(ops.shape(codes), seed=self.random)
        codes = ops.where(chance < self.UNSEEN_RATE, UNSEEN, codes)
        return ops.where(chance > 1 - self.MISSING_RATE, MISSING, codes)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "levels": list(self.levels), "dimensions": self.dimensions}


@_package
class ColumnScale(keras.layers.Layer):
    """A learned factor for each column, with a higher learning rate than the rest.

    Shape: (n, f) -> (n, f). Holzmüller et al. 2024 (arXiv 2407.04491). Adam's step does not depend on the
    size of a gradient, so a weight that counts ``rate`` times learns ``rate`` times as fast.
    """

    def __init__(self, rate: float = 6.0, start: float = 1.0, **kwargs: Any) -> None:
        """Take the factor on the learning rate, and the factor that every column starts with."""
        super().__init__(**kwargs)
        self.rate, self.start = rate, start

    def build(self, shape: Sequence[int | None]) -> None:
        """Make the factors."""
        first = keras.initializers.Constant(self.start / self.rate)
        self.factor = self.add_weight(shape=(int(shape[-1] or 0),), initializer=first, name="factor")

    def call(self, x: Any) -> Any:
        """Scale."""
        return x * (self.rate * self.factor)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "start": self.start}


@_package
class Calibration(keras.layers.Layer):
    """Logit -> calibrated probability: sigmoid(a * logit + b), the identity on probabilities until set.

    Shape: (n, 1) -> (n, 1), strictly between 0 and 1. Platt 1999, Probabilistic Outputs for Support Vector
    Machines. Never trained by gradient; ``calibrate`` sets it from rows that trained nothing.
    """

    LIMIT = 15.0
    """Logits beyond this are cut, so that no probability rounds to 0 or 1 in float32."""

    def __init__(self, **kwargs: Any) -> None:
        """Make it untrainable."""
        super().__init__(trainable=False, **{key: value for key, value in kwargs.items() if key != "trainable"})

    def build(self, shape: Sequence[int | None]) -> None:  # noqa: ARG002  two numbers whatever the shape
        """Make a and b."""
        self.a = self.add_weight(shape=(), initializer="ones", trainable=False, name="a")
        self.b = self.add_weight(shape=(), initializer="zeros", trainable=False, name="b")

    def call(self, logit: Any) -> Any:
        """Calibrate."""
        return ops.sigmoid(ops.clip(self.a * logit + self.b, -self.LIMIT, self.LIMIT))
