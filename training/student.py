"""The student: one small network that learns what the teacher says, of real customers and of imagined ones.

Distillation is Hinton, Vinyals & Dean 2015 (arXiv 1503.02531); for tabular ensembles Fakoor et al. 2020
(arXiv 2006.14284), where imagined rows matter as well. Soft targets hold far more than labels: no epoch has to
be chosen, and no row be kept apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np

from churn.columns import Floats
from churn.schema import Schema
from training.calibrate import Beta
from training.families.network import CALIBRATION, Inputs
from training.families.realmlp import RECIPE, build_realmlp
from training.fit import Effort, FitData, FitSettings, History, OnEpoch, fit_model

IMAGINED = 80_000
STEPS = 6_000
FAST_STEPS = 3_000
BATCH = 512
RATE = 6e-3
STUDENT = replace(RECIPE, dropout=0.0, sigma=1.0)
"""Nothing to overfit: targets are no labels, and imagined customers are many. So it may follow sharper edges."""
_WATCHED = 2_000
"""So many imagined customers teach nothing, and tell how well the student follows."""


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

    It learns through its calibration: what it learns is the logit before, what is compared is the logit after.
    ``start`` sets the first weights where there are some to go on from, and a shorter way is then enough.
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
