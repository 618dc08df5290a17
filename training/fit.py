"""Fitting the network: AdamW on the log loss, averaged weights, the epoch that is best on the validation part."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras import ops

from churn.errors import Fault
from training.model import BATCH_ROWS, Inputs, logit_model

EPOCHS = 64
BATCH = 256
MOST_STEPS = 12_000
RATE = 6e-3
WEIGHT_DECAY = 0.02
EMA = 0.9
CYCLES = 4

OnEpoch = Callable[[int, int, float, float], None]
"""Called with the epoch (from 1), their number, and the log losses of training and validation."""


@dataclass(frozen=True, slots=True)
class History:
    """The log losses of each epoch, and the epoch (from 1) whose weights were kept."""

    train: tuple[float, ...]
    validation: tuple[float, ...]
    best_epoch: int


def fit_model(  # noqa: PLR0913
    model: keras.Model,
    inputs: Inputs,
    labels: npt.NDArray[Any],
    validation_inputs: Inputs,
    validation_labels: npt.NDArray[Any],
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    on_epoch: OnEpoch | None = None,
) -> History:
    """Fit ``model`` (in place) on n rows, labels (n,) 0/1; keep the epoch with the least validation log loss.

    The same seed gives the same weights on the same machine. ``epochs`` is an upper bound: large tables get
    fewer, and training stops when half of them brought nothing better.

    Raises:
        Fault: no epoch ended with a finite loss.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    batch, epochs = _plan(len(labels), epochs)
    trained = logit_model(model)
    keeper = _BestEpoch(epochs, on_epoch)
    trained.compile(
        optimizer=_optimizer(epochs * math.ceil(len(labels) / batch)),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )
    trained.fit(
        inputs,
        labels.astype(np.float32).reshape(-1, 1),
        batch_size=batch,
        epochs=epochs,
        validation_data=(validation_inputs, validation_labels.astype(np.float32).reshape(-1, 1)),
        validation_batch_size=BATCH_ROWS,
        callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True), keeper],
        verbose=0,
    )
    return keeper.history()


def _plan(rows: int, epochs: int) -> tuple[int, int]:
    """Return the batch size and the epochs: larger batches and fewer epochs the larger the table."""
    batch = BATCH
    while batch < 2048 and rows / batch > 400:
        batch *= 2
    return batch, max(1, min(epochs, MOST_STEPS * batch // max(rows, 1)))


def _optimizer(steps: int) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(
        LogCosine(RATE, steps, CYCLES), weight_decay=WEIGHT_DECAY, beta_2=0.95, use_ema=True, ema_momentum=EMA
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "factor", "phase"])
    return optimizer


class LogCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Cosine cycles, each twice as long as the one before; zero at the ends of each.

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


class _BestEpoch(keras.callbacks.Callback):
    """Keeps the weights of the best epoch, stops when half of all epochs brought nothing, and tells about it."""

    def __init__(self, epochs: int, on_epoch: OnEpoch | None) -> None:
        super().__init__()
        self.epochs, self.on_epoch = epochs, on_epoch
        self.losses: list[tuple[float, float]] = []
        self.best_epoch, self.best_loss = 0, math.inf
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        losses = (logs or {}).get("loss", math.nan), (logs or {}).get("val_loss", math.nan)
        self.losses.append(losses)
        if losses[1] < self.best_loss:
            self.best_epoch, self.best_loss, self.best_weights = epoch + 1, losses[1], self.model.get_weights()
        if epoch + 1 - self.best_epoch > self.epochs / 2:
            self.model.stop_training = True
        if self.on_epoch:
            self.on_epoch(epoch + 1, self.epochs, *losses)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if self.best_weights is None:
            raise Fault("The training diverged: no epoch ended with a finite loss. Nothing was learned.")
        self.model.set_weights(self.best_weights)

    def history(self) -> History:
        train, validation = zip(*self.losses, strict=True)
        return History(train, validation, self.best_epoch)
