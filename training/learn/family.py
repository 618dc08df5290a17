"""One family of networks on its own: what a user may ask for by name, and what the default is compared with."""

from __future__ import annotations

from functools import partial

import keras
import numpy as np

from training.learn.calibrate import fit_beta
from training.learn.learned import HeldOut, Learned
from training.learn.material import Material, Preparation
from training.networks.families import FAMILIES
from training.networks.families.network import logits
from training.networks.fit import PLAIN, Effort, FitData, FitSettings, History, OnEpoch, fit_model, sized
from training.progress import Reporter
from training.table.split import halve

BASELINES = ("sequential", "functional")
"""Families that are fitted beside the distilled default, to be compared with."""


def learn_family(material: Material, family: str, reporter: Reporter, effort: Effort) -> Learned:
    """Fit on the training part; one half of the validation part stops it, the other half calibrates it."""
    parts, labels = material.parts, material.labels
    preparation = Preparation(material.columns.take(parts.train))
    with reporter.epochs(f"Training {family}") as on_epoch:
        model, history = fit_family(material, preparation, family, effort, on_epoch)
    validation = preparation.customers(material.columns.take(parts.validation))
    held_out = HeldOut(parts.validation, logits(model, validation.inputs))
    calibrating = np.isin(parts.validation, halve(parts.validation, labels, material.seed, material.groups)[1])
    calibration = fit_beta(held_out.logits[calibrating], labels[parts.validation[calibrating]])
    calibration.put_into(model)
    description = (
        f"A Keras network of the family {family} with {model.count_params():,} weights, after {history.best_epoch} of "
        f"{len(history.train)} epochs; one half of the validation part stopped it, the other half calibrated it."
    )
    return Learned(preparation.pipeline, model, history, calibration, parts.train, held_out, description)


def fit_family(
    material: Material, preparation: Preparation, family: str, effort: Effort, on_epoch: OnEpoch | None = None
) -> tuple[keras.Model, History]:
    """Fit on the training part, stopped by one half of the validation part; not calibrated."""
    stopping, _ = halve(material.parts.validation, material.labels, material.seed, material.groups)
    lessons = preparation.lessons(material.columns.take(material.parts.train))
    both = lessons.and_then(preparation.customers(material.columns.take(stopping)))
    train, stop = np.split(np.arange(len(both)), [len(lessons)])
    labels = material.labels[np.concatenate([material.parts.train, stopping])]
    return fit_model(
        partial(FAMILIES[family], material.columns.schema, lessons.inputs),
        FitData(both.inputs, labels),
        train,
        stop,
        effort.cut(sized(PLAIN if family in BASELINES else FitSettings(), len(train))),
        seed=material.seed,
        on_epoch=on_epoch,
    )
