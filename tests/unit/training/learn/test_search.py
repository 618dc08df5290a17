from functools import partial
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

from churn.columns import Columns
from churn.errors import Fault
from churn.schema import Field, Schema
from training.learn import search as searching
from training.learn.calibrate import sigmoid
from training.learn.material import Preparation
from training.learn.search import search
from training.learn.teacher import Lesson

SCHEMA = Schema((Field("x", "number"),))


@pytest.fixture
def lesson():
    rng = np.random.default_rng(0)
    columns = Columns(SCHEMA, rng.normal(size=(300, 1)), np.empty((300, 0), dtype=np.int32))
    labels = (rng.random(300) < sigmoid(2 * columns.numbers[:, 0])).astype(np.int8)
    known = Preparation(columns).lessons(columns)
    return Lesson(known, labels, np.arange(len(labels)), known.take(np.arange(20)), seed=0)


def slope(lesson, train, stop, data, seed, *, value):
    """A member that answers by one hyperparameter: 2 is right."""
    return lambda asked: sigmoid(value * asked.columns.numbers[:, 0])


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(searching, "kinds", lambda *, fast: {"default": partial(slope, value=0.1)})
    space = {"slopes": lambda trial: partial(slope, value=trial.suggest_float("value", -4, 4))}
    monkeypatch.setattr(searching, "_SPACES", space)
    # A clock that goes on by a second whenever it is read: a budget is a number of trials, on a busy machine too.
    monkeypatch.setattr(searching, "time", SimpleNamespace(monotonic=count().__next__))


def test_it_finds_better_members_than_the_default_and_leans_on_them(lesson, tmp_path):
    said = []
    found = search(lesson, tmp_path, 120, said.append)
    best = min(found.trials, key=lambda trial: trial.loss)
    assert best.parameters["value"] == pytest.approx(2, abs=1)
    assert found.trials[0].kind == "default"
    assert found.trials[0].weight < 0.5
    assert sum(trial.weight for trial in found.trials) == pytest.approx(1)
    assert len(said) == len(found.trials)
    assert np.isfinite(found.teacher.asked).all()


def test_a_search_goes_on_from_its_trials_and_repeats_none(lesson, tmp_path):
    first = search(lesson, tmp_path, 20, lambda _: None)
    second = search(lesson, tmp_path, 20, lambda _: None)
    assert len(second.trials) > len(first.trials)
    for before, after in zip(first.trials, second.trials, strict=False):
        assert (before.number, before.parameters, before.loss) == (after.number, after.parameters, after.loss)
    assert sum(trial.kind == "default" for trial in second.trials) == 1


def test_another_table_begins_anew(lesson, tmp_path):
    search(lesson, tmp_path, 20, lambda _: None)
    other = Lesson(lesson.known, 1 - lesson.labels, lesson.groups, lesson.asked, seed=0)
    assert search(other, tmp_path, 0, lambda _: None).trials[0].number == 0
    assert len(search(other, tmp_path, 0, lambda _: None).trials) == 1


def test_a_member_that_diverges_is_passed_over(lesson, tmp_path, monkeypatch):
    def diverge(*_):
        raise Fault("diverged")

    monkeypatch.setattr(searching, "_SPACES", {"bad": lambda trial: diverge})
    said = []
    found = search(lesson, tmp_path, 20, said.append)
    assert [trial.kind for trial in found.trials] == ["default"]
    assert "bad: diverged" in said
