"""The student: one small network that learns what the teacher says, of real customers and of imagined ones.

Distillation is Hinton, Vinyals & Dean 2015 (arXiv 1503.02531); for tabular ensembles Fakoor et al. 2020
(arXiv 2006.14284), who also use imagined rows. A probability tells the student far more than a label would, so it
hardly overfits: no best epoch has to be chosen, and no rows have to be kept apart for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np

from churn.columns import Floats
from churn.schema import Schema
from training.learn.calibrate import Beta
from training.networks.families.network import CALIBRATION, Inputs
from training.networks.families.realmlp import RECIPE, build_realmlp
from training.networks.fit import Effort, FitData, FitSettings, History, OnEpoch, fit_model

STEPS = 6_000
FAST_STEPS = 3_000
BATCH = 512
RATE = 6e-3
STUDENT = replace(RECIPE, dropout=0.0, sigma=1.0)
"""The student cannot overfit: its targets are probabilities, and imagined customers are many. So it has no dropout, and
may follow sharper edges."""
_WATCHED = 2_000
"""How many imagined customers are kept apart, to tell how well the student follows its teacher."""


def fit_student(  # noqa: PLR0913
    schema: Schema,
    inputs: Inputs,
    targets: Floats,
    calibration: Beta,
    *,
    seed: int,
    effort: Effort,
    start: Callable[[keras.Model], None] | None = None,
    on_epoch: OnEpoch | None = None,
) -> tuple[keras.Model, History]:
    """Fit the student to the teacher's calibrated probabilities: inputs and targets (n,).

    The calibration is part of the network and stays fixed: the logit behind it is compared with the targets, and the
    weights before it learn. ``start`` sets the weights to begin with; fewer steps are then enough.
    """
    learned, watched = np.split(np.arange(len(targets)), [len(targets) - min(_WATCHED, len(targets) // 10)])
    batch = min(BATCH, len(learned))
    steps = FAST_STEPS if effort.fast or start else STEPS
    settings = FitSettings(
        epochs=max(1, round(steps / (len(learned) // batch))),
        batch=batch,
        rate=RATE,
        cycles=0,
        ema=0.99,
        keep_best=False,
        loss_at=CALIBRATION,
    )

    def build() -> keras.Model:
        model = build_realmlp(schema, inputs, STUDENT)
        if start:
            start(model)
        calibration.put_into(model)
        return model

    data, settings = FitData(inputs, targets), effort.cut(settings)
    return fit_model(build, data, learned, watched, settings, seed=seed, on_epoch=on_epoch)
