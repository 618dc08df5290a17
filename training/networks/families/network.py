"""What the networks of all families have in common: their inputs, their calibrated output, and how they are asked."""

from __future__ import annotations

import threading
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from churn.schema import Schema
from training.networks.layers import BetaCalibration, MeanMember

Inputs = dict[str, npt.NDArray[Any]]
"""The network's inputs by name: "numbers" (n, f) float32, "codes" (n, c) int32; one without columns is left out."""
LOGIT, CALIBRATION = "logit", "calibration"
BATCH_ROWS = 8_192
BUILDING = threading.RLock()
"""Held while a network is built or traced: Keras keeps names and seeds in globals. Computing needs no lock."""


def make_inputs(schema: Schema) -> dict[str, Any]:
    """Return the symbolic inputs by name; f counts the numbers and then an indicator for each nullable one."""
    inputs = {}
    if schema.numbers:
        width = len(schema.numbers) + sum(field.nullable for field in schema.numbers)
        inputs["numbers"] = keras.Input((width,), name="numbers", dtype="float32")
    if schema.categories:
        inputs["codes"] = keras.Input((len(schema.categories),), name="codes", dtype="int32")
    return inputs


def joined(features: list[Any]) -> Any:
    """Put features (n, f_i) side by side."""
    return keras.layers.concatenate(features) if len(features) > 1 else features[0]


def finish(inputs: dict[str, Any], logit: Any) -> keras.Model:
    """Return the network with its calibration: logits (n, 1), or (n, k) of k members -> probability (n, 1).

    The layer before is to be named ``LOGIT``; it is what is trained.
    """
    if logit.shape[-1] > 1:
        logit = MeanMember(name="mean")(logit)
    probability = keras.layers.Activation("sigmoid", name="probability")(BetaCalibration(name=CALIBRATION)(logit))
    return keras.Model(inputs, probability, name="churn")


def up_to(model: keras.Model, layer: str) -> keras.Model:
    """Return the network up to a layer, on the same weights: ``LOGIT`` (n, k) of k members, ``CALIBRATION`` (n, 1)."""
    return keras.Model(model.inputs, model.get_layer(layer).output)


def logits(model: keras.Model, inputs: Inputs) -> npt.NDArray[np.float64]:
    """Return the uncalibrated logits, (n,). Safe in several threads at once, as ``probabilities`` is."""
    with BUILDING:
        uncalibrated = keras.Model(model.inputs, model.get_layer(CALIBRATION).input)
    return probabilities(uncalibrated, inputs)


def probabilities(model: keras.Model, inputs: Inputs) -> npt.NDArray[np.float64]:
    """Return the calibrated probabilities, (n,)."""
    specs = {tensor.name: tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs}
    with BUILDING:
        answer = tf.function(lambda batch: model(batch, training=False)).get_concrete_function(specs)
    rows = len(next(iter(inputs.values())))
    starts = range(0, rows, BATCH_ROWS)
    batches = ({name: tf.constant(inputs[name][at : at + BATCH_ROWS]) for name in specs} for at in starts)
    answers = [answer(batch).numpy() for batch in batches]
    return np.concatenate([np.empty((0, 1)), *answers]).reshape(-1).astype(np.float64)
