"""The default: the student of a teacher, one network that has learned what several strong models say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
from sklearn.metrics import log_loss

from churn.columns import Floats
from training.learn.again import Ancestor, judged, kinds_from
from training.learn.calibrate import Beta, fit_beta, sigmoid
from training.learn.family import BASELINES, fit_family
from training.learn.imagine import imagine
from training.learn.learned import HeldOut, Learned
from training.learn.material import Material, Preparation
from training.learn.student import fit_student, hidden_by_the_test, imagined_for
from training.learn.teacher import FOLDS, Lesson, Teacher, Trial, blended, fit_bags, kinds
from training.measure.labels import Labels
from training.networks.families.network import probabilities
from training.networks.fit import Effort
from training.progress import Reporter
from training.table.split import Rows

TEACHER = "its teacher (not served)"
OLDER = "the bundle it started from"
PLAIN_NETWORK = "plain network"


@dataclass(frozen=True, slots=True)
class Searching:
    """A search for better members of the teacher: how long it may take, and where its trials are kept."""

    budget_s: float
    folder: Path


def all_but_test(material: Material) -> Rows:
    """Return the rows of the training and validation parts: a teacher keeps rows apart by its own folds."""
    return np.sort(np.concatenate([material.parts.train, material.parts.validation]))


def learn_distilled(
    material: Material,
    reporter: Reporter,
    effort: Effort,
    searching: Searching | None = None,
    ancestor: Ancestor | None = None,
) -> Learned:
    """Fit bags of strong models on all but the test part, calibrate their blend, and distil it into one network."""
    rows = all_but_test(material)
    columns, labels = material.columns.take(rows), material.labels[rows]
    preparation = Preparation(columns, ancestor.scaling if ancestor else None)
    known = preparation.lessons(columns)
    imagined = preparation.lessons(imagine(columns, imagined_for(len(rows), effort), material.seed))
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
            hidden=hidden_by_the_test(len(test)),
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
    """A teacher, and what it is judged by.

    ``honest`` (n,) are logits from members that had not seen the customer; ``judges`` (n,) says whose logits count.
    """

    teacher: Teacher
    honest: Floats
    judges: npt.NDArray[np.bool_]
    trials: Sequence[Trial] = ()


def _taught(lesson: Lesson, reporter: Reporter, searching: Searching | None, ancestor: Ancestor | None) -> _Taught:
    everybody = np.ones(len(lesson.labels), dtype=np.bool_)
    if searching is not None:
        from training.learn.search import search  # Optuna only where it is used

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
            model, _ = fit_family(material, preparation, family, effort)
            found[f"{PLAIN_NETWORK} ({family})"] = probabilities(model, test.inputs)
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
