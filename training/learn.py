"""From columns to a fitted, calibrated network: pipeline, fit, calibration, each on its own rows."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer

from churn.columns import Columns
from churn.engines.reference import split_inputs, to_frame
from training.calibrate import calibrate
from training.fit import EPOCHS, History, fit_model
from training.metrics import Labels
from training.model import Inputs, build_model
from training.preprocess import make_pipeline
from training.progress import Reporter
from training.split import Split, halve

FEWEST_MISSING_ROWS = 30
"""With fewer training rows without a value, what they did says nothing of others without one."""


@dataclass(frozen=True)
class Learned:
    """A fitted pipeline and network, and how they came to be; ``calibration`` is (a, b) of Platt's sigmoid."""

    pipeline: ColumnTransformer
    model: keras.Model
    history: History
    calibration: tuple[float, float]

    @property
    def description(self) -> str:
        """Say in one sentence what the network is."""
        return (
            f"A Keras network of {self.model.count_params():,} weights, after {self.history.best_epoch} of "
            f"{len(self.history.train)} epochs, calibrated by Platt's sigmoid."
        )


def learn(
    columns: Columns, labels: Labels, parts: Split, reporter: Reporter, *, seed: int, epochs: int | None
) -> Learned:
    """Fit on ``parts.train``; one half of ``parts.validation`` stops it, the other half calibrates.

    ``columns`` (n), ``labels`` (n,). The same seed gives the same network on the same machine.
    """
    pipeline = make_pipeline(columns.schema)
    pipeline.fit(to_frame(columns.take(parts.train)))
    stopping, calibrating = halve(parts.validation, labels, seed)

    def inputs(rows: npt.NDArray[np.intp]) -> Inputs:
        return split_inputs(pipeline.transform(to_frame(columns.take(rows))), columns.schema)

    train = inputs(parts.train)
    silence_rare_indicators(train, len(columns.schema.numbers))
    model = build_model(columns.schema, seed)
    with reporter.epochs(epochs or EPOCHS) as on_epoch:
        history = fit_model(
            model,
            train,
            labels[parts.train],
            inputs(stopping),
            labels[stopping],
            seed=seed,
            epochs=epochs or EPOCHS,
            on_epoch=on_epoch,
        )
    calibration = calibrate(model, inputs(calibrating), labels[calibrating])
    return Learned(pipeline, model, history, calibration)


def silence_rare_indicators(inputs: Inputs, numbers: int) -> None:
    """Hide, in place, missing indicators that hardly a training row sets: (n, f) with ``numbers`` columns before them.

    An indicator that was never set in training has no say later (``model`` starts its factor from zero), so the
    value then counts as imputed and no more. Else eleven customers who happened to stay would make everybody
    whose record leaves the field out a sure stayer.
    """
    if "numbers" in inputs:
        indicators = inputs["numbers"][:, numbers:]
        indicators[:, indicators.sum(axis=0) < FEWEST_MISSING_ROWS] = 0
