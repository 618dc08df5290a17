"""Calibration inside the network: from the logit that was learned to the logit that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

_package = keras.saving.register_keras_serializable("churn")


@_package
class BetaCalibration(keras.layers.Layer):
    """Logit -> calibrated logit, the identity until ``training.learn.calibrate`` sets it: (n, 1) -> (n, 1).

    Beta calibration: a ln p - b ln(1 - p) + c with p = sigmoid(logit). Kull, Silva Filho & Flach 2017, Beta
    calibration (AISTATS), equation 2. With a = b it is Platt's a * logit + c. Never decreasing for a, b >= 0, and
    never trained by gradient.
    """

    LIMIT = 15.0
    """Calibrated logits beyond this are cut, so that no probability rounds to 0 or 1 in float32."""

    def __init__(self, **kwargs: Any) -> None:
        """Make it untrainable."""
        super().__init__(trainable=False, **{key: value for key, value in kwargs.items() if key != "trainable"})

    def build(self, shape: Sequence[int | None]) -> None:  # noqa: ARG002  three numbers whatever the shape
        """Make a, b and c."""
        self.a = self.add_weight(shape=(), initializer="ones", trainable=False, name="a")
        self.b = self.add_weight(shape=(), initializer="ones", trainable=False, name="b")
        self.c = self.add_weight(shape=(), initializer="zeros", trainable=False, name="c")

    def call(self, logit: Any) -> Any:
        """Calibrate; ln p = min(x, 0) - ln(1 + exp(-|x|)) and -ln(1 - p) = x - ln p lose nothing in the tails."""
        x = ops.clip(logit, -2 * self.LIMIT, 2 * self.LIMIT)
        tail = ops.log(1.0 + ops.exp(-ops.abs(x)))
        calibrated = self.a * (ops.minimum(x, 0.0) - tail) + self.b * (ops.maximum(x, 0.0) + tail) + self.c
        return ops.clip(calibrated, -self.LIMIT, self.LIMIT)
