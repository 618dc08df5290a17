"""``--search``: members with other hyperparameters, found by Optuna, judged by their out-of-fold loss alone.

Every trial is a whole bag over the folds, and its predictions are kept, so nothing is fitted twice: the teacher is a
blend of the best trials (ensemble selection, Caruana et al. 2004). The trials are stored in a folder beside the bundle,
and a search that was interrupted, or is given more time, goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from sklearn.metrics import log_loss

from churn import __version__
from churn.errors import Fault
from training.learn.boost import Boosting, booster_name
from training.learn.calibrate import sigmoid
from training.learn.teacher import TABM, Bag, Fit, Lesson, Teacher, Trial, blend, fit_bags, fit_boosted, fit_tabm, kinds
from training.measure.labels import Labels
from training.networks.families.realmlp import RECIPE
from training.networks.fit import FitSettings

BLENDED = 8
"""How many of the best bags are blended at most."""


@dataclass(frozen=True)
class Found:
    """What a search found: the teacher, and every trial in order."""

    teacher: Teacher
    trials: Sequence[Trial]


def search(lesson: Lesson, folder: Path, budget_s: float, done: Callable[[str], None]) -> Found:
    """Try members for ``budget_s`` seconds, after the default ones; keep every trial in ``folder``.

    A trial that runs when the time is up is finished. The same folder with another table, seed or schema begins anew.
    """
    store = _Store(folder, _identity(lesson))
    until_s = time.monotonic() + budget_s
    for kind, fit in kinds(fast=False).items():
        if kind not in {trial.kind for trial in store.trials if not trial.parameters}:
            _try(lesson, store, kind, fit, {}, done)
    studies = {name: _study(store, name, lesson.seed) for name in _SPACES}
    while time.monotonic() < until_s:
        name = min(studies, key=store.spent_s)  # each kind gets the same time
        asked = studies[name].ask()
        try:
            loss = _try(lesson, store, name, _SPACES[name](asked), asked.params, done)
        except Fault as diverged:
            studies[name].tell(asked, state=optuna.trial.TrialState.FAIL)
            done(f"{name}: {diverged}")
        else:
            studies[name].tell(asked, loss)
    return _blended(store, lesson.labels)


def _try(
    lesson: Lesson, store: _Store, kind: str, fit: Fit, parameters: Mapping[str, Any], done: Callable[[str], None]
) -> float:
    start_s = time.monotonic()
    bag = fit_bags(lesson, {kind: fit}, lambda _: None)[kind]
    loss = float(log_loss(lesson.labels, sigmoid(bag.out_of_fold)))
    store.add(Trial(len(store.trials), kind, dict(parameters), loss), bag, time.monotonic() - start_s)
    done(f"{kind}: out-of-fold log loss {loss:.4f}")
    return loss


def _blended(store: _Store, labels: Labels) -> Found:
    by_loss = sorted(store.trials, key=lambda trial: trial.loss)
    # The best of every kind has its say: two that differ teach more than two that are good.
    best_of_kind = {trial.kind: trial for trial in reversed(by_loss)}.values()
    bags = {trial.name: store.bag(trial) for trial in (*by_loss[:BLENDED], *best_of_kind)}
    weights = blend({name: bag.out_of_fold for name, bag in bags.items()}, labels)
    used = {name: weight for name, weight in weights.items() if weight}
    trials = [replace(trial, weight=used.get(trial.name, 0.0)) for trial in store.trials]
    return Found(Teacher({name: bags[name] for name in used}, used), trials)


# --- What is searched ------------------------------------------------------------------------------


def _tabm_space(trial: optuna.Trial) -> Fit:
    recipe = replace(
        RECIPE,
        embedding="periodic" if trial.suggest_categorical("periodic", [False, True]) else "piecewise",
        bins=trial.suggest_int("bins", 8, 64, log=True),
        sigma=trial.suggest_float("sigma", 0.05, 1.0, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.4),
        category_dimensions=trial.suggest_int("category_dimensions", 4, 16, log=True),
        widths=(trial.suggest_categorical("width", [64, 128, 256]),) * trial.suggest_int("layers", 1, 3),
    )
    settings = FitSettings(
        rate=trial.suggest_float("rate", 1e-3, 2e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
    )
    return partial(fit_tabm, recipe=recipe, settings=settings)


def _boosting_space(trial: optuna.Trial) -> Fit:
    settings = Boosting(
        depth=trial.suggest_int("depth", 2, 8),
        rate=trial.suggest_float("rate", 0.02, 0.2, log=True),
        l2=trial.suggest_float("l2", 0.5, 30.0, log=True),
    )
    return partial(fit_boosted, settings=settings, pairs=trial.suggest_categorical("pairs", [False, True]))


_SPACES: Mapping[str, Callable[[optuna.Trial], Fit]] = {
    f"{TABM}, searched": _tabm_space,
    f"{booster_name()}, searched": _boosting_space,
}


def _study(store: _Store, kind: str, seed: int) -> optuna.Study:
    """Return the study of a kind as far as it has come."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    journal = JournalFileBackend(str(store.folder / "trials.journal"))
    return optuna.create_study(
        study_name=kind,
        storage=JournalStorage(journal),
        sampler=optuna.samplers.TPESampler(seed=seed + len(store.trials), n_startup_trials=5),
        load_if_exists=True,
    )


# --- Where trials are kept -------------------------------------------------------------------------


class _Store:
    """The trials of a search: what each bag said in a file of its own, and a list of them, written last."""

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder / identity
        self.folder.mkdir(parents=True, exist_ok=True)
        self._list = self.folder / "trials.json"
        self._rows: list[dict[str, Any]] = json.loads(self._list.read_text()) if self._list.exists() else []

    @property
    def trials(self) -> list[Trial]:
        return [Trial(**row["trial"]) for row in self._rows]

    def spent_s(self, kind: str) -> float:
        return float(sum(row["took_s"] for row in self._rows if row["trial"]["kind"] == kind))

    def add(self, trial: Trial, bag: Bag, took_s: float) -> None:
        np.savez(self._file(trial), out_of_fold=bag.out_of_fold, asked=bag.asked, one=bag.one)
        self._rows.append({"trial": asdict(trial), "took_s": took_s})
        partly = self._list.with_suffix(".partly")
        partly.write_text(json.dumps(self._rows, indent=1))
        partly.replace(self._list)

    def bag(self, trial: Trial) -> Bag:
        with np.load(self._file(trial)) as said:
            return Bag(said["out_of_fold"], said["asked"], said["one"])

    def _file(self, trial: Trial) -> Path:
        return self.folder / f"{trial.number}.npz"


def _identity(lesson: Lesson) -> str:
    """Return a digest of all that a trial depends on besides its hyperparameters."""
    found = hashlib.sha256(f"{__version__} {lesson.seed} {lesson.effort} {optuna.__version__}".encode())
    for customers in (lesson.known, lesson.asked):
        for part in customers.inputs.values():
            found.update(part.tobytes())
    found.update(lesson.labels.tobytes())
    return found.hexdigest()[:16]
