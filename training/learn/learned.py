"""What a training leads to: a fitted, calibrated network, and how it came to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
from sklearn.compose import ColumnTransformer

from churn.columns import Floats
from training.learn.calibrate import Beta
from training.learn.teacher import Trial
from training.networks.fit import History
from training.table.split import Rows


@dataclass(frozen=True)
class HeldOut:
    """Rows of the table (m,) with the logits (m,), not calibrated, of models that did not learn from them."""

    rows: Rows
    logits: Floats


@dataclass(frozen=True)
class Learned:
    """A fitted pipeline and network, and how they came to be.

    ``rows`` (k,) are those it learned from; on ``held_out`` it was calibrated and its threshold is chosen. ``rivals``
    are other models' probabilities for the test part, by name, (t,) each; ``facts`` is plain data for the manifest,
    ``trials`` what a search has tried.
    """

    pipeline: ColumnTransformer
    model: keras.Model
    history: History
    calibration: Beta
    rows: Rows
    held_out: HeldOut
    description: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    rivals: Mapping[str, Floats] = field(default_factory=dict)
    trials: Sequence[Trial] = ()
