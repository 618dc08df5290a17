"""The student: one small network that learns what the teacher says, of real customers and of imagined ones.

Distillation is Hinton, Vinyals & Dean 2015 (arXiv 1503.02531); for tabular ensembles Fakoor et al. 2020
(arXiv 2006.14284), who also use imagined rows. A probability tells the student far more than a label would, so it
hardly overfits: no best epoch has to be chosen, and no rows have to be kept apart for that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
from scipy.special import xlogy

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


_LONGER = 3
"""How much longer the second try is."""


def imagined_for(rows: int, effort: Effort) -> int:
    """Return how many customers to imagine for a table of so many: the larger the table, the finer its teacher's edges.

    It is twice as many as the table has, no fewer than ``effort`` says and at most two and a half times those.
    """
    return round(min(max(effort.imagined, 2 * rows), 2.5 * effort.imagined))


def hidden_by_the_test(rows: int) -> float:
    """Return the loss to the teacher, in nats, that a test part of so many rows hides.

    Two models whose answers are d nats apart differ in log loss by a number with the mean d and, to first order, the
    variance 2 d for each customer; d exceeds twice the standard error of its mean over the rows where d > 8 / rows.
    """
    return 8 / rows


def fit_student(  # noqa: PLR0913
    schema: Schema,
    inputs: Inputs,
    targets: Floats,
    calibration: Beta,
    *,
    seed: int,
    effort: Effort,
    hidden: float = math.inf,
    start: Callable[[keras.Model], None] | None = None,
    on_epoch: OnEpoch | None = None,
) -> tuple[keras.Model, History]:
    """Fit the student to the teacher's calibrated probabilities: inputs and targets (n,).

    Where it stays further behind its teacher than ``hidden``, in nats, a longer second try takes its place,
    unless ``effort`` allows no longer one.

    The calibration is part of the network and stays fixed: the logit behind it is compared with the targets, and the
    weights before it learn. ``start`` sets the weights to begin with; fewer steps are then enough.
    """
    learned, watched = np.split(np.arange(len(targets)), [len(targets) - min(_WATCHED, len(targets) // 10)])
    batch = min(BATCH, len(learned))
    steps = (FAST_STEPS if effort.fast or start else STEPS) * max(1.0, len(targets) / effort.imagined)
    wanted = FitSettings(
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

    data = FitData(inputs, targets)
    settings, longer = effort.cut(wanted), effort.cut(replace(wanted, epochs=_LONGER * wanted.epochs))
    model, history = fit_model(build, data, learned, watched, settings, seed=seed, on_epoch=on_epoch)
    if longer.epochs <= settings.epochs or history.validation[-1] - _entropy(targets[watched]) <= hidden:
        return model, history
    return fit_model(build, data, learned, watched, longer, seed=seed, on_epoch=on_epoch)


def _entropy(targets: Floats) -> float:
    """Return the mean log loss of a student that says the same as its teacher: (n,) probabilities."""
    return float(-(xlogy(targets, targets) + xlogy(1 - targets, 1 - targets)).mean())
