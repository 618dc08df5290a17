import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from training.judge.drivers import Driver, Group, find_drivers
from training.judge.explained import explain_some
from training.judge.segments import Segment
from training.judge.wilson import wilson
from training.publish.background import make_background

SCHEMA = Schema(
    (
        Field("strong", "number", nullable=True),
        Field("plan", "category", levels=("basic", "gold"), nullable=True),
        Field("noise", "number"),
    )
)


def customers():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(4_000, 2))
    numbers[:50, 0] = np.nan
    codes = rng.integers(0, 2, (4_000, 1)).astype(np.int32)
    codes[:30] = -2
    return Columns(SCHEMA, numbers, codes)


def predict(batch):
    logit = 2 * np.nan_to_num(batch.numbers[:, 0]) + 0.7 * batch.codes[:, 0] - 0.5
    return 1 / (1 + np.exp(-logit))


def labels_of(columns):
    return (np.random.default_rng(1).random(len(columns)) < predict(columns)).astype(np.int8)


@pytest.fixture(scope="module")
def found():
    columns = customers()
    labels = labels_of(columns)
    explained = explain_some(make_background(predict, columns, 0), predict, columns, 0)
    return {driver.field.name: driver for driver in find_drivers(predict, columns, labels, explained)}


def made(rows_and_left, contribution=0.0, loss=0.0, share=0.0):
    groups = tuple(
        Group(Segment(str(i)), rows, left / rows, *wilson(left, rows), 0.0)
        for i, (rows, left) in enumerate(rows_and_left)
    )
    return Driver(SCHEMA.fields[1], contribution, loss=loss, spread=0.0, auc=0.0, share=share, groups=groups)


def test_fields_come_in_the_order_of_what_they_do_in_the_model(found) -> None:
    assert list(found) == ["strong", "plan", "noise"]
    assert found["strong"].matters


def test_a_linear_model_moves_the_log_odds_by_its_weight_times_the_distance_from_the_mean(found) -> None:
    assert found["strong"].contribution == pytest.approx(2 * np.sqrt(2 / np.pi), abs=0.1)  # mean |x| of a normal
    assert found["plan"].contribution == pytest.approx(0.35, abs=0.05)
    contributions = {group.name: group.contribution for group in found["plan"].groups}
    assert contributions["gold"] - contributions["basic"] == pytest.approx(0.7, abs=1e-3)


def test_a_field_that_the_model_does_not_use_costs_nothing_and_does_nothing(found) -> None:
    assert found["noise"].loss == pytest.approx(0.0, abs=1e-12)
    assert found["noise"].contribution == pytest.approx(0.0, abs=1e-9)
    assert found["noise"].adds_little
    assert found["noise"].hardly_matters


def test_what_chance_alone_brings_is_no_association():
    rng = np.random.default_rng(0)
    squares = [made([(40, int(left)) for left in rng.binomial(40, 0.5, 5)]).association ** 2 for _ in range(300)]
    assert np.mean(squares) < 0.02
    assert made([(50, 25), (50, 25)]).association == 0
    assert made([(50, 0), (50, 50)]).association == pytest.approx(1, abs=0.01)


def test_a_field_that_goes_with_leaving_is_not_called_unimportant_when_others_say_the_same():
    twin = made([(500, 50), (500, 250)])
    assert twin.association == pytest.approx(np.sqrt(0.04 / 0.21 - 1 / 999))  # the variance between over the whole
    assert twin.adds_little
    assert twin.covered
    assert not twin.hardly_matters


def test_a_field_that_moves_the_risk_without_being_of_use_is_neither_important_nor_unimportant():
    overfitted = made([(500, 250), (500, 250)], contribution=0.3, loss=-0.001)
    assert not any((overfitted.matters, overfitted.hardly_matters, overfitted.covered))


def test_groups_hold_every_customer_once_with_their_churn_rate(found) -> None:
    columns = customers()
    for driver in found.values():
        assert sum(group.rows for group in driver.groups) == 4_000
        left = sum(group.rows * group.churn_rate for group in driver.groups)
        assert left == pytest.approx(labels_of(columns).sum())
        assert all(group.low <= group.churn_rate <= group.high for group in driver.groups)
    rates = [group.churn_rate for group in found["strong"].groups if group.name != "(missing)"]
    assert rates == sorted(rates)


def test_missing_values_are_a_group_of_their_own(found) -> None:
    assert found["strong"].groups[-1].name == "(missing)"
    assert found["strong"].groups[-1].rows == 50
    assert {group.name for group in found["plan"].groups} == {"basic", "gold", "(missing)"}
