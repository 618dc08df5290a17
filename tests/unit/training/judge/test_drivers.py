import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from training.judge.drivers import Driver, Group, find_drivers

SCHEMA = Schema(
    (
        Field("strong", "number"),
        Field("plan", "category", levels=("basic", "gold"), nullable=True),
        Field("noise", "number"),
    )
)


@pytest.fixture
def found():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(4_000, 2))
    numbers[:50, 0] = np.nan
    codes = rng.integers(0, 2, (4_000, 1)).astype(np.int32)
    codes[:30] = -2
    columns = Columns(SCHEMA, numbers, codes)

    def predict(batch):
        logit = 2 * np.nan_to_num(batch.numbers[:, 0]) + 0.7 * batch.codes[:, 0] - 0.5
        return 1 / (1 + np.exp(-logit))

    labels = (rng.random(4_000) < predict(columns)).astype(np.int8)
    return {driver.field.name: driver for driver in find_drivers(predict, columns, labels)}


def test_fields_come_in_the_order_of_what_the_model_leans_on(found) -> None:
    assert list(found) == ["strong", "plan", "noise"]
    assert not found["strong"].adds_little


def test_a_field_that_the_model_does_not_use_costs_nothing(found) -> None:
    assert found["noise"].loss == pytest.approx(0.0, abs=1e-12)
    assert found["noise"].adds_little
    assert found["noise"].hardly_matters


def test_a_field_that_goes_with_leaving_is_not_called_unimportant_when_others_say_the_same():
    groups = (Group("a", 500, 0.1, 0.1), Group("b", 500, 0.5, 0.5))
    twin = Driver(SCHEMA.fields[1], loss=0.0, spread=0.0, auc=0.0, share=0.0, groups=groups)
    assert twin.association == pytest.approx(0.4364, abs=1e-3)
    assert twin.adds_little
    assert not twin.hardly_matters


def test_groups_hold_every_customer_once_with_their_churn_rate(found) -> None:
    for driver in found.values():
        assert sum(group.rows for group in driver.groups) == 4_000
        assert all(0 <= group.churn_rate <= 1 for group in driver.groups)
    rates = [group.churn_rate for group in found["strong"].groups if group.name != "(missing)"]
    assert rates == sorted(rates)


def test_missing_values_are_a_group_of_their_own(found) -> None:
    assert found["strong"].groups[-1].name == "(missing)"
    assert found["strong"].groups[-1].rows == 50
    assert {group.name for group in found["plan"].groups} == {"basic", "gold", "(missing)"}
