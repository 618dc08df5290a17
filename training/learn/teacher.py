"""The teacher: bags of strong models over stratified folds, blended by how well they predict rows they did not see.

It never serves: it provides the targets of the student (``training.learn.student``), which does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import minimize

from churn.columns import Floats
from training.learn.boost import Boosting, booster_name, fit_booster
from training.learn.calibrate import logit
from training.learn.material import Customers, slices
from training.measure.labels import Labels
from training.networks.families.network import probabilities
from training.networks.families.realmlp import Recipe
from training.networks.families.tabm import PIECEWISE, build_tabm
from training.networks.fit import Effort, FitData, FitSettings, fit_model, sized
from training.table.alike import Groups
from training.table.split import Folds, Rows, folds, some

FOLDS = 5
TABM = "TabM"
"""What its members are called in the report and in the trials of a search."""
MOST_MEMBER_ROWS = 50_000
"""How many rows a member learns from at most; of a large table, each fold draws different ones."""
MOST_STOPPING_ROWS = 20_000
MOST_THREADS = 4
ONE_AT_A_TIME_ROWS = 100_000
"""Of more rows than this, members are fitted one after the other: two at once would need too much memory."""
_LEAST_WEIGHT = 0.01

Done = Callable[[str], None]
"""Called with the name of a member that has been fitted."""


@dataclass(frozen=True)
class Lesson:
    """n customers to learn from, labels (n,) 0/1, groups (n,); m customers to be asked about; the seed; the effort."""

    known: Customers
    labels: Labels
    groups: Groups
    asked: Customers
    seed: int
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True)
class Bag:
    """What the members of one kind predict, as logits.

    ``out_of_fold`` (n,): for each known customer, by the member that did not see it. ``asked`` (m,): for the customers
    asked about, by the mean of all members; ``one`` (m,): by the first member alone.
    """

    out_of_fold: Floats
    asked: Floats
    one: Floats

    def __len__(self) -> int:
        """Count the members."""
        return FOLDS


@dataclass(frozen=True)
class Teacher:
    """Bags by name and the weight of each, which sum to one; logits are blended."""

    bags: Mapping[str, Bag]
    weights: Mapping[str, float]

    @property
    def out_of_fold(self) -> Floats:
        """The blended logits of the customers it learned from, (n,), each from members that did not see it."""
        return self._blend("out_of_fold")

    @property
    def asked(self) -> Floats:
        """The blended logits of the customers it was asked about, (m,)."""
        return self._blend("asked")

    def _blend(self, what: str) -> Floats:
        parts = [weight * getattr(self.bags[name], what) for name, weight in self.weights.items()]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Trial:
    """A bag that was tried: its kind, its hyperparameters, its out-of-fold log loss, its weight in the teacher."""

    number: int
    kind: str
    parameters: Mapping[str, Any]
    loss: float
    weight: float = 0.0

    @property
    def name(self) -> str:
        """The kind and the number: what the teacher calls it."""
        return f"{self.kind} (trial {self.number})"


Fit = Callable[[Lesson, Rows, Rows, FitData, int], Callable[[Customers], Floats]]
"""(lesson, rows to learn from, rows to stop by, the same as tensors, seed) -> customers (m) -> probabilities (m,)."""


def fit_tabm(
    lesson: Lesson,
    train: Rows,
    stop: Rows,
    data: FitData,
    seed: int,
    *,
    recipe: Recipe = PIECEWISE,
    settings: FitSettings = FitSettings(),  # noqa: B008  frozen
) -> Callable[[Customers], Floats]:
    """Fit a TabM."""
    inputs = {name: part[train] for name, part in lesson.known.inputs.items()}
    build = partial(build_tabm, lesson.known.columns.schema, inputs, recipe)
    settings = lesson.effort.cut(sized(settings, len(train)))
    model, _ = fit_model(build, data, train, stop, settings, seed=seed)
    return lambda asked: probabilities(model, asked.inputs)


def fit_boosted(
    lesson: Lesson, train: Rows, stop: Rows, _data: FitData, seed: int, *, settings: Boosting, pairs: bool = False
) -> Callable[[Customers], Floats]:
    """Fit a booster."""
    predict = fit_booster(lesson.known.columns, lesson.labels, train, stop, settings, seed=seed, pairs=pairs)
    return lambda asked: predict(asked.columns)


def kinds(*, fast: bool) -> dict[str, Fit]:
    """Return the kinds of members by name; with ``fast`` only the one that gives most for its time."""
    booster = booster_name()
    boosters: dict[str, Fit] = {
        booster: partial(fit_boosted, settings=Boosting(depth=4)),
        f"{booster} with pairs": partial(fit_boosted, settings=Boosting(depth=6), pairs=True),
    }
    return {booster: boosters[booster]} if fast else {TABM: fit_tabm, **boosters}


def blended(bags: Mapping[str, Bag], labels: Labels) -> Teacher:
    """Return the teacher that these bags make, blended by what they say of customers that they did not see."""
    return Teacher(bags, blend({name: bag.out_of_fold for name, bag in bags.items()}, labels))


def fit_bags(lesson: Lesson, kinds: Mapping[str, Fit], done: Done) -> dict[str, Bag]:
    """Fit a bag of each kind over the folds, as many members at once as there are cores; of a large table one."""
    dealt = folds(lesson.labels, FOLDS, lesson.seed, lesson.groups)
    data = FitData(lesson.known.inputs, lesson.labels)
    jobs = [(kind, number) for kind in kinds for number in range(FOLDS)]

    def member(job: tuple[str, int]) -> tuple[Floats, Floats]:
        kind, number = job
        answers = _member(lesson, kinds[kind], dealt[number], data, lesson.seed * 100 + number)
        done(f"{kind}, fold {number + 1}")
        return answers

    pool = ThreadPoolExecutor(1 if len(lesson.labels) > ONE_AT_A_TIME_ROWS else cores())
    try:
        answers = dict(zip(jobs, pool.map(member, jobs), strict=True))
    finally:
        pool.shutdown(cancel_futures=True)
    return {kind: _bag(dealt, [answers[kind, number] for number in range(FOLDS)]) for kind in kinds}


def _member(lesson: Lesson, fit: Fit, fold: tuple[Rows, Rows], data: FitData, seed: int) -> tuple[Floats, Floats]:
    """Fit one member; return its probabilities for the held-out rows and for the customers asked about."""
    rng, (train, held_out) = np.random.default_rng(seed), fold
    predict = fit(lesson, some(train, MOST_MEMBER_ROWS, rng), some(held_out, MOST_STOPPING_ROWS, rng), data, seed)
    return _answers(predict, lesson.known, held_out), _answers(predict, lesson.asked, np.arange(len(lesson.asked)))


def _answers(predict: Callable[[Customers], Floats], customers: Customers, rows: Rows) -> Floats:
    """Return what a member predicts for some customers, (m,), in slices: pairs of numbers take memory."""
    return np.concatenate([predict(customers.take(rows[part])) for part in slices(len(rows))])


def _bag(folds: Folds, answers: list[tuple[Floats, Floats]]) -> Bag:
    out_of_fold = np.empty(sum(len(held_out) for _, held_out in folds))
    for (_, held_out), (theirs, _) in zip(folds, answers, strict=True):
        out_of_fold[held_out] = logit(theirs)
    asked = [theirs for _, theirs in answers]
    return Bag(out_of_fold, logit(np.mean(asked, axis=0)), logit(asked[0]))


def blend(logits: Mapping[str, Floats], labels: Labels) -> dict[str, float]:
    """Return the weights, none negative and summing to one, whose blend of logits (n,) has the lowest log loss.

    Weights below a hundredth become zero: what hardly helps is left out.
    """
    matrix = np.stack(list(logits.values()), axis=1)

    def weights(theta: Floats) -> Floats:
        shares: Floats = np.exp(theta - theta.max()) / np.exp(theta - theta.max()).sum()
        return shares

    def loss(theta: Floats) -> float:
        z = matrix @ weights(theta)
        return float(np.mean(np.logaddexp(0, z) - labels * z))

    found = weights(minimize(loss, np.zeros(matrix.shape[1]), method="L-BFGS-B").x)
    found = np.where(found < _LEAST_WEIGHT, 0.0, found)
    return dict(zip(logits, (found / found.sum()).tolist(), strict=True))


def cores() -> int:
    """Count the cores this process may use, ``MOST_THREADS`` at the most: each thread holds a model in memory."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(own, MOST_THREADS)
