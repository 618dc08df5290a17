"""Embeddings of categories. In the shapes, n is the batch and c the categories."""

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
