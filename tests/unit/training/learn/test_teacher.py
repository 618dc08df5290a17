import numpy as np
import pytest
from sklearn.metrics import log_loss

from churn.columns import Columns
from churn.schema import Field, Schema
from training.learn.calibrate import logit, sigmoid
from training.learn.material import Preparation
from training.learn.teacher import FOLDS, Lesson, blend, blended, cores, fit_bags, kinds

SCHEMA = Schema((Field("x", "number"), Field("plan", "category", levels=("a", "b"))))


def teach(lesson, members, done):
    return blended(fit_bags(lesson, members, done), lesson.labels)


@pytest.fixture(scope="module")
def lesson():
    rng = np.random.default_rng(0)
    columns = Columns(SCHEMA, rng.normal(size=(400, 1)), rng.integers(0, 2, (400, 1)).astype(np.int32))
    labels = (rng.random(400) < sigmoid(2 * columns.numbers[:, 0] + columns.codes[:, 0] - 0.5)).astype(np.int8)
    known = Preparation(columns).lessons(columns)
    return Lesson(known, labels, np.arange(len(labels)), known.take(np.arange(30)), seed=0)


def remember(saw):
    """A member that says 0.9 of those it learned from and 0.2 of others, and tells which rows it saw."""

    def fit(lesson, train, stop, data, seed):
        known = set(lesson.known.columns.numbers[train, 0])
        saw.append((train, stop))
        return lambda asked: np.array([0.9 if x in known else 0.2 for x in asked.columns.numbers[:, 0]])

    return fit


def test_what_is_said_out_of_fold_comes_from_a_member_that_did_not_see_the_customer(lesson):
    saw = []
    teacher = teach(lesson, {"memory": remember(saw)}, lambda _: None)
    np.testing.assert_allclose(sigmoid(teacher.out_of_fold), 0.2)
    assert len(saw) == FOLDS
    assert all(not set(train) & set(stop) for train, stop in saw)
    assert sorted(np.concatenate([stop for _, stop in saw])) == list(range(400))


def test_what_is_asked_later_is_answered_by_the_mean_of_all_members(lesson):
    teacher = teach(lesson, {"memory": remember([])}, lambda _: None)
    bag = teacher.bags["memory"]
    np.testing.assert_allclose(sigmoid(bag.asked), (0.9 * (FOLDS - 1) + 0.2) / FOLDS)
    assert set(np.round(sigmoid(bag.one), 6)) == {0.9, 0.2}


def test_every_member_is_told(lesson):
    told = []
    teach(lesson, {"a": remember([]), "b": remember([])}, told.append)
    assert sorted(told) == [f"{kind}, fold {number}" for kind in "ab" for number in range(1, FOLDS + 1)]


def test_an_error_of_a_member_is_an_error_of_the_teacher(lesson):
    def fail(*_):
        raise MemoryError("too much")

    with pytest.raises(MemoryError, match="too much"):
        teach(lesson, {"failing": fail}, lambda _: None)


def test_a_large_table_is_shared_out_among_the_members(lesson, monkeypatch):
    monkeypatch.setattr("training.learn.teacher.MOST_MEMBER_ROWS", 100)
    monkeypatch.setattr("training.learn.teacher.MOST_STOPPING_ROWS", 50)
    saw = []
    teacher = teach(lesson, {"memory": remember(saw)}, lambda _: None)
    assert [(len(train), len(stop)) for train, stop in saw] == [(100, 50)] * FOLDS
    assert len(np.unique(np.concatenate([train for train, _ in saw]))) > 200
    assert np.isfinite(teacher.out_of_fold).all()


def test_the_blend_leans_on_the_better_and_leaves_out_what_does_not_help():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, 5_000)
    labels = (rng.random(5_000) < sigmoid(truth)).astype(np.int8)
    weights = blend({"good": truth, "noise": rng.normal(0, 3, 5_000)}, labels)
    assert weights["good"] > 0.95
    assert sum(weights.values()) == pytest.approx(1)
    one, two = (truth + rng.normal(0, 1, 5_000) for _ in range(2))
    weights = blend({"one": one, "two": two}, labels)
    assert weights["one"] == pytest.approx(0.5, abs=0.1)
    both = weights["one"] * one + weights["two"] * two
    assert log_loss(labels, sigmoid(both)) < min(log_loss(labels, sigmoid(one)), log_loss(labels, sigmoid(two)))


def test_a_blend_of_one_is_that_one():
    assert blend({"only": logit(np.array([0.2, 0.7]))}, np.array([0, 1])) == {"only": 1.0}


def test_the_cheap_teacher_is_a_part_of_the_whole_one():
    assert set(kinds(fast=True)) < set(kinds(fast=False))


def test_there_is_a_core_and_never_too_many():
    assert 1 <= cores() <= 4


@pytest.mark.slow
def test_every_kind_of_member_learns_something(lesson):
    teacher = teach(lesson, kinds(fast=False), lambda _: None)
    for bag in teacher.bags.values():
        assert log_loss(lesson.labels, sigmoid(bag.out_of_fold)) < 0.6
    assert np.isfinite(teacher.asked).all()
