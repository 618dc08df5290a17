"""Fitting a network with AdamW on the log loss; the weights are averaged over steps, the best epoch is kept.

A whole epoch runs as one TensorFlow function, so several networks can be fitted side by side in threads. Keras keeps
state in globals, which is touched only while ``BUILDING`` is held.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

# Read when TensorFlow runs its first operation. One network as small as ours gains nothing from a second core, so each
# operation gets one thread, and the cores go to networks that are fitted at the same time.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras import ops

from churn.errors import Fault
from training.config import IMAGINED
from training.networks.families.network import BATCH_ROWS, BUILDING, LOGIT, Inputs, up_to

Rows = npt.NDArray[np.intp]
OnEpoch = Callable[[int, int, float, float], None]
"""Called with the epoch (from 1), their number, and the log losses of training and validation."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a network is fitted; the defaults are RealMLP's (arXiv 2407.04491), with weights averaged over steps.

    ``loss_at`` names the layer whose logits are compared with the targets. ``cycles`` is the number of cycles of the
    learning rate (``LogCosine``); 0 means a single cosine from ``rate`` to zero, None a constant rate. With
    ``keep_best`` the weights of the best epoch are kept, otherwise those of the last.
    """

    epochs: int = 32
    batch: int = 256
    rate: float = 6e-3
    cycles: int | None = 4
    weight_decay: float = 0.02
    ema: float = 0.9
    keep_best: bool = True
    loss_at: str = LOGIT


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a user is willing to wait for.

    ``fast`` asks for the cheap recipe, ``epochs`` limits the epochs of every fit, ``imagined`` counts the customers
    made up for a student.
    """

    fast: bool = False
    epochs: int | None = None
    imagined: int = IMAGINED

    def cut(self, settings: FitSettings) -> FitSettings:
        """Return the settings with at most ``epochs`` epochs."""
        return replace(settings, epochs=min(settings.epochs, self.epochs or settings.epochs))


PLAIN = FitSettings(epochs=64, batch=64, rate=1e-3, cycles=None, weight_decay=0.0, ema=0.0)
"""What a course project would do: Adam at a constant rate, and early stopping."""

MOST_VISITS = 1_000_000
"""How many rows a fit sees at most, repeats included: a larger table gets fewer epochs, but at least one."""


def sized(settings: FitSettings, rows: int) -> FitSettings:
    """Return the settings for a table of so many rows: larger batches and fewer epochs the larger it is."""
    batch = settings.batch
    while batch < 2048 and rows / batch > 400:
        batch *= 2
    epochs = max(1, min(settings.epochs, MOST_VISITS // max(rows, 1)))
    return replace(settings, batch=batch, epochs=epochs)


@dataclass(frozen=True, slots=True)
class History:
    """The log losses of each epoch, and the epoch (from 1) whose weights were kept."""

    train: tuple[float, ...]
    validation: tuple[float, ...]
    best_epoch: int


class FitData:
    """n customers as tensors, shared by every fit on them: inputs, and targets (n,) from 0 to 1."""

    def __init__(self, inputs: Inputs, targets: npt.NDArray[Any]) -> None:
        """Take the inputs by name, and labels or soft targets."""
        self.inputs = {name: tf.constant(part) for name, part in inputs.items()}
        self.targets = tf.constant(targets, dtype=tf.float32)

    def at(self, rows: Any) -> tuple[dict[str, Any], Any]:
        """Return the inputs (m, .) and targets (m, 1) of some rows (m,)."""
        inputs = {name: tf.gather(part, rows) for name, part in self.inputs.items()}
        return inputs, tf.gather(self.targets, rows)[:, None]


def fit_model(
    build: Callable[[], keras.Model],
    data: FitData,
    train: Rows,
    validation: Rows,
    settings: FitSettings,
    *,
    seed: int = 0,
    on_epoch: OnEpoch | None = None,
) -> tuple[keras.Model, History]:
    """Build a network, fit it on the rows ``train`` of the data, and watch its log loss on the rows ``validation``.

    The same seed gives the same weights on the same machine. Training stops when half of the epochs
    brought nothing better. Safe in several threads at once.

    Raises:
        Fault: no epoch ended with a finite loss.
    """
    tf.config.experimental.enable_op_determinism()
    with BUILDING:
        keras.utils.set_random_seed(seed)
        model = build()
        steps = _Steps(up_to(model, settings.loss_at), data, settings, len(train))
    rng = np.random.default_rng(seed)
    losses: list[tuple[float, float]] = []
    best, kept = 0, None
    for epoch in range(1, settings.epochs + 1):
        losses.append((steps.epoch(rng.permutation(train)), steps.loss(validation)))
        if losses[-1][1] < (losses[best - 1][1] if best else math.inf):
            best, kept = epoch, steps.averages() if settings.keep_best else None
        if on_epoch:
            on_epoch(epoch, settings.epochs, *losses[-1])
        if settings.keep_best and epoch - best > settings.epochs / 2:
            break
    if not best:
        raise Fault("The training diverged: no epoch ended with a finite loss. Nothing was learned.")
    steps.keep(kept or steps.averages())
    first, second = zip(*losses, strict=True)
    return model, History(first, second, best if settings.keep_best else len(losses))


class _Steps:
    """The compiled steps of one fit."""

    def __init__(self, model: keras.Model, data: FitData, settings: FitSettings, rows: int) -> None:
        self.model, self.data = model, data
        self.batch = min(settings.batch, rows)
        self.weights = model.trainable_variables
        self.optimizer = _optimizer(settings, settings.epochs * (rows // self.batch))
        self.optimizer.build(self.weights)
        self.ema = settings.ema
        self.average = [tf.Variable(weight, trainable=False) for weight in self.weights]
        self._epoch = tf.function(self._run).get_concrete_function(tf.TensorSpec((None, self.batch), tf.int32))
        self._loss = tf.function(self._measure).get_concrete_function(tf.TensorSpec((None,), tf.int32))

    def epoch(self, rows: Rows) -> float:
        """Take one step for each full batch of the rows; return the mean loss."""
        batches = rows[: len(rows) // self.batch * self.batch].reshape(-1, self.batch)
        return float(self._epoch(tf.constant(batches, dtype=tf.int32)))

    def loss(self, rows: Rows) -> float:
        """Return the log loss of the averaged weights, members answering together."""
        parts = [rows[at : at + BATCH_ROWS] for at in range(0, len(rows), BATCH_ROWS)]
        return sum(float(self._loss(tf.constant(part, dtype=tf.int32))) for part in parts) / len(rows)

    def averages(self) -> list[Any]:
        """Return the averaged weights as they are now."""
        return [average.numpy() for average in self.average]

    def keep(self, weights: list[Any]) -> None:
        """Set the model's weights."""
        for weight, value in zip(self.weights, weights, strict=True):
            weight.assign(value)

    def _run(self, batches: Any) -> Any:
        total = 0.0
        for number in tf.range(tf.shape(batches)[0]):
            total += self._step(batches[number])
        return total / tf.cast(tf.shape(batches)[0], tf.float32)

    def _step(self, rows: Any) -> Any:
        """Take a step on the mean of the members' losses, for each member learns on its own (arXiv 2410.24210)."""
        inputs, targets = self.data.at(rows)
        with tf.GradientTape() as tape:
            logits = self.model(inputs, training=True)
            loss = tf.reduce_mean(_cross_entropy(tf.broadcast_to(targets, tf.shape(logits)), logits))
        self.optimizer.apply(tape.gradient(loss, self.weights), self.weights)
        for average, weight in zip(self.average, self.weights, strict=True):
            average.assign(self.ema * average + (1 - self.ema) * weight)
        return loss

    def _measure(self, rows: Any) -> Any:
        inputs, targets = self.data.at(rows)
        logits, _ = self.model.stateless_call(
            self.average, [v.value for v in self.model.non_trainable_variables], inputs, training=False
        )
        mean = tf.clip_by_value(tf.reduce_mean(tf.sigmoid(logits), axis=1, keepdims=True), 1e-7, 1 - 1e-7)
        return -tf.reduce_sum(targets * tf.math.log(mean) + (1 - targets) * tf.math.log(1 - mean))


def _cross_entropy(targets: Any, logits: Any) -> Any:
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)


def _optimizer(settings: FitSettings, steps: int) -> keras.optimizers.Optimizer:
    rate: Any = settings.rate
    if settings.cycles:
        rate = LogCosine(rate, steps, settings.cycles)
    elif settings.cycles == 0:
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, beta_2=0.95)
    optimizer.exclude_from_weight_decay(var_names=["bias", "factor", "phase"])
    return optimizer


class LogCosine(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate in cosine cycles, each twice as long as the one before, and zero where one begins or ends.

    rate * (1 - cos(2 pi log2(1 + (2^cycles - 1) t))) / 2 for t in [0, 1]. Holzmüller et al. 2024
    (arXiv 2407.04491), there coslog4.
    """

    def __init__(self, rate: float, steps: int, cycles: int) -> None:
        """Take the highest rate, the steps in all, and the cycles."""
        self.rate, self.steps, self.cycles = rate, steps, cycles

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step."""
        share = ops.cast(step, "float32") / self.steps
        turns = ops.log2(1.0 + (2.0**self.cycles - 1.0) * share)
        return self.rate * 0.5 * (1.0 - ops.cos(2.0 * math.pi * turns))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"rate": self.rate, "steps": self.steps, "cycles": self.cycles}
