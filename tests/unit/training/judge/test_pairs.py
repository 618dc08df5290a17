import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from training.judge.explained import MOST_EXPLAINED, explain_some
from training.judge.pairs import LITTLE_LOG_ODDS, find_pairs
from training.publish.background import make_background

SCHEMA = Schema(
    (
        Field("calls", "integer"),
        Field("minutes", "number"),
        Field("seconds", "number"),
        Field("plan", "category", levels=("no", "yes")),
        Field("region", "category", levels=("a", "b")),
    )
)


def customers(n=3_000):
    rng = np.random.default_rng(0)
    minutes = rng.uniform(0, 100, n)
    numbers = np.stack([rng.integers(0, 5, n), minutes, 60 * minutes], axis=1)
    return Columns(SCHEMA, numbers.astype(float), (rng.random((n, 2)) < 0.3).astype(np.int32))


def found_by(odds_of, columns=None):
    columns = customers() if columns is None else columns

    def predict(batch):
        return 1 / (1 + np.exp(-odds_of(*batch.numbers.T, *batch.codes.T)))

    labels = (np.random.default_rng(1).random(len(columns)) < predict(columns)).astype(np.int8)
    explained = explain_some(make_background(predict, columns, 0), predict, columns, 0)
    return columns, labels, find_pairs(columns, labels, explained)


def few_calls_on_the_plan(calls, _minutes, _seconds, plan, _region):
    return -2.0 + 4.0 * ((calls == 0) & (plan == 1))


def test_the_one_interaction_of_a_model_is_found_with_those_for_whom_it_is_strongest():
    columns, labels, found = found_by(few_calls_on_the_plan)
    assert [{field.name for field in pair.fields} for pair in found] == [{"calls", "plan"}]
    segments = {field.name: s.name for field, s in zip(found[0].fields, found[0].strongest.segments, strict=True)}
    assert segments == {"calls": "0", "plan": "yes"}
    there = (columns.numbers[:, 0] == 0) & (columns.codes[:, 0] == 1)
    assert found[0].strongest.rows == there.sum()
    assert found[0].strongest.churn_rate == pytest.approx(labels[there].mean())


def test_the_effect_is_that_of_the_product_of_both_distances_from_the_mean():
    """Of w a b, what a and b do beyond each alone is w (a - mean a) (b - mean b)."""
    columns, _, found = found_by(few_calls_on_the_plan)
    few, plan = columns.numbers[:, 0] == 0, columns.codes[:, 0] == 1
    expected = np.abs(4 * (few - few.mean()) * (plan - plan.mean())).mean()
    assert found[0].effect == pytest.approx(expected, abs=0.08)  # the means of the background are those of a sample
    inside = 4 * (1 - few.mean()) * (1 - plan.mean())
    assert found[0].strongest.effect == pytest.approx(1 / (1 + np.exp(-2)) - 1 / (1 + np.exp(inside - 2)), abs=0.08)


def test_a_model_without_interactions_has_no_pairs():
    assert found_by(lambda calls, minutes, _seconds, plan, region: calls - minutes / 50 + plan - region)[2] == []


def test_two_numbers_that_say_the_same_are_no_pair():
    _, _, found = found_by(
        lambda _calls, minutes, seconds, _plan, _region: 3.0 * (minutes > 50) * (seconds > 3_000) - 1
    )
    assert found == []


def test_an_interaction_that_moves_little_is_left_out():
    def weak(calls, _minutes, _seconds, plan, _region):
        return LITTLE_LOG_ODDS * ((calls == 0) & (plan == 1))

    assert found_by(weak)[2] == []


def test_an_interaction_that_changes_no_risk_is_left_out():
    assert found_by(lambda *values: few_calls_on_the_plan(*values) - 12)[2] == []


def test_of_many_customers_some_are_explained_the_same_for_the_same_seed():
    columns = customers(MOST_EXPLAINED + 500)

    def predict(batch):
        return np.full(len(batch), 0.5)

    background = make_background(predict, columns, 0)
    one, again, other = (explain_some(background, predict, columns, seed) for seed in (0, 0, 1))
    assert len(np.unique(one.rows)) == MOST_EXPLAINED
    assert (one.rows == again.rows).all()
    assert (one.rows != other.rows).any()
