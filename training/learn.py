"""From the material to a fitted, calibrated network: one family on its own, or the student of a teacher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.metrics import log_loss

from churn.columns import Floats
from training.again import Ancestor, judged, kinds_from
from training.calibrate import Beta, fit_beta, sigmoid
from training.families import FAMILIES
from training.families.network import logits, probabilities
from training.fit import PLAIN, Effort, FitData, FitSettings, History, OnEpoch, fit_model, sized
from training.imagine import imagine
from training.metrics import Labels
from training.prepared import Material, Preparation, Rows
from training.progress import Reporter
from training.split import halve
from training.student import IMAGINED, fit_student
from training.teacher import FOLDS, Lesson, Teacher, Trial, blended, fit_bags, kinds

DISTILLED = "distilled"
BASELINES = ("sequential", "functional")
"""Families that are fitted beside the distilled default, to be compared with."""
TEACHER = "its teacher (not served)"
OLDER = "the bundle it started from"


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


@dataclass(frozen=True, slots=True)
class Searching:
    """A search for better members of the teacher: how long it may take, and where its trials are kept."""

    budget_s: float
    folder: Path


def learn(
    material: Material,
    model: str,
    reporter: Reporter,
    effort: Effort,
    searching: Searching | None = None,
    ancestor: Ancestor | None = None,
) -> Learned:
    """Fit ``model``: ``DISTILLED`` or the name of a family. The same seed gives the same network on one machine."""
    if model == DISTILLED:
        return _learn_distilled(material, reporter, effort, searching, ancestor)
    return _learn_family(material, model, reporter, effort)


def learning_rows(material: Material, model: str) -> Rows:
    """Return the rows that ``model`` learns from: a family spares the validation part, a teacher needs none."""
    parts = material.parts
    return parts.train if model != DISTILLED else np.sort(np.concatenate([parts.train, parts.validation]))


# --- One family on its own -------------------------------------------------------------------------


def _learn_family(material: Material, family: str, reporter: Reporter, effort: Effort) -> Learned:
    """Fit on the training part; one half of the validation part stops it, the other half calibrates it."""
    parts, labels = material.parts, material.labels
    preparation = Preparation(material.columns.take(parts.train))
    with reporter.epochs(f"Training {family}") as on_epoch:
        model, history = _fit_family(material, preparation, family, effort, on_epoch)
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


def _fit_family(
    material: Material, preparation: Preparation, family: str, effort: Effort, on_epoch: OnEpoch | None = None
) -> tuple[keras.Model, History]:
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


# --- The student of a teacher ----------------------------------------------------------------------


def _learn_distilled(
    material: Material,
    reporter: Reporter,
    effort: Effort,
    searching: Searching | None = None,
    ancestor: Ancestor | None = None,
) -> Learned:
    """Teach bags of strong models on all that is not test, calibrate what they say, distil it into one network."""
    rows = learning_rows(material, DISTILLED)
    columns, labels = material.columns.take(rows), material.labels[rows]
    preparation = Preparation(columns, ancestor.scaling if ancestor else None)
    known, imagined = (preparation.lessons(c) for c in (columns, imagine(columns, IMAGINED, material.seed)))
    test = preparation.customers(material.columns.take(material.parts.test))
    lesson = Lesson(known, labels, material.groups[rows], imagined.and_then(test), material.seed, effort)
    taught = _taught(lesson, reporter, searching, ancestor)
    calibration = fit_beta(taught.honest[taught.judges], labels[taught.judges])
    teacher = taught.teacher
    reporter.say(_about_teacher(teacher, labels))
    targets = calibration(teacher.asked[: len(imagined)])
    with reporter.epochs("Distilling") as on_epoch:
        model, history = fit_student(
            material.columns.schema,
            imagined.inputs,
            targets,
            calibration,
            seed=material.seed,
            effort=effort,
            start=partial(ancestor.put_into, schema=material.columns.schema) if ancestor else None,
            on_epoch=on_epoch,
        )
    rivals = _rivals(teacher, calibration, len(imagined))
    if ancestor:
        rivals[OLDER] = ancestor.score(material.columns.take(material.parts.test))
    elif not effort.fast:
        rivals = _plain_rivals(material, reporter, effort) | rivals
    return Learned(
        preparation.pipeline,
        model,
        history,
        calibration,
        rows,
        HeldOut(rows[taught.judges], taught.honest[taught.judges]),
        _description(model, teacher),
        facts={"teacher": {"weights": dict(teacher.weights), "out_of_fold_log_loss": _losses(teacher, labels)}},
        rivals=rivals,
        trials=taught.trials,
    )


@dataclass(frozen=True)
class _Taught:
    """A teacher; the logits (n,) that it is judged by, of members that had not seen the customer, and for which."""

    teacher: Teacher
    honest: Floats
    judges: npt.NDArray[np.bool_]
    trials: Sequence[Trial] = ()


def _taught(lesson: Lesson, reporter: Reporter, searching: Searching | None, ancestor: Ancestor | None) -> _Taught:
    everybody = np.ones(len(lesson.labels), dtype=np.bool_)
    if searching is not None:
        from training.search import search  # Optuna only where it is used

        reporter.say(f"Searching for {searching.budget_s:,.0f} s; trials are kept in {searching.folder}.")
        with reporter.jobs("Searching", None) as done:
            found = search(lesson, searching.folder, searching.budget_s, done)
        return _Taught(found.teacher, found.teacher.out_of_fold, everybody, found.trials)
    members = kinds_from(ancestor) if ancestor else kinds(fast=lesson.effort.fast)
    with reporter.jobs("Teaching", FOLDS * len(members)) as done:
        bags = fit_bags(lesson, members, done)
    if ancestor is not None:
        teacher, judges, honest = judged(ancestor, lesson.known.columns, lesson.labels, bags)
        return _Taught(teacher, honest, judges)
    teacher = blended(bags, lesson.labels)
    return _Taught(teacher, teacher.out_of_fold, everybody)


def _plain_rivals(material: Material, reporter: Reporter, effort: Effort) -> dict[str, Floats]:
    """Fit what a course project would build, on the training part, and return its answers for the test part."""
    preparation = Preparation(material.columns.take(material.parts.train))
    test = preparation.customers(material.columns.take(material.parts.test))
    with reporter.jobs("Fitting the plain baselines", len(BASELINES)) as done:
        found = {}
        for family in BASELINES:
            model, _ = _fit_family(material, preparation, family, effort)
            found[f"plain network ({family})"] = probabilities(model, test.inputs)
            done(family)
    return found


def _rivals(teacher: Teacher, calibration: Beta, test_starts: int) -> dict[str, Floats]:
    """Return what the teacher and its parts say of the test part, which comes after the imagined customers."""
    found = {}
    for name, bag in teacher.bags.items():
        found[f"{name}, one model"] = sigmoid(bag.one[test_starts:])
        found[f"{name}, bag of {len(bag)}"] = sigmoid(bag.asked[test_starts:])
    return found | {TEACHER: calibration(teacher.asked[test_starts:])}


def _losses(teacher: Teacher, labels: Labels) -> dict[str, float]:
    alone = {name: float(log_loss(labels, sigmoid(bag.out_of_fold))) for name, bag in teacher.bags.items()}
    return alone | {"blend": float(log_loss(labels, sigmoid(teacher.out_of_fold)))}


def _about_teacher(teacher: Teacher, labels: Labels) -> str:
    losses = _losses(teacher, labels)
    parts = [f"{name} {losses[name]:.4f} (weight {weight:.2f})" for name, weight in teacher.weights.items()]
    return f"Out-of-fold log loss: {', '.join(parts)}; blended {losses['blend']:.4f}."


def _description(model: keras.Model, teacher: Teacher) -> str:
    parts = ", ".join(f"{name} ({weight:.0%})" for name, weight in teacher.weights.items() if weight)
    return (
        f"One Keras network with {model.count_params():,} weights, distilled from a teacher: bags over stratified "
        f"folds of training and validation part, blended by out-of-fold log loss: {parts}. The calibration comes from "
        "what each member said of the customers that it had not seen."
    )
