"""A factor for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

_package = keras.saving.register_keras_serializable("churn")


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
