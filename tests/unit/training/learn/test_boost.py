from importlib.util import find_spec

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN, Columns
from churn.schema import Field, Schema
from training.learn import boost
from training.learn.boost import Boosting, booster_name, fit_booster

SCHEMA = Schema(
    (
        Field("x", "number", nullable=True),
        Field("plan", "category", levels=("a", "b"), nullable=True),
        Field("city", "category", levels=tuple(f"c{i}" for i in range(400))),
    )
)


@pytest.fixture(params=["CatBoost", "HistGradientBoosting"])
def _either(request, monkeypatch):
    if request.param == "HistGradientBoosting":
        monkeypatch.setattr(boost, "find_spec", lambda _: None)
    elif find_spec("catboost") is None:
        pytest.skip("CatBoost is not installed")
    assert booster_name() == request.param


@pytest.fixture
def customers():
    rng = np.random.default_rng(0)
    numbers = np.where(rng.random((1_500, 1)) < 0.1, np.nan, rng.normal(size=(1_500, 1)))
    codes = np.stack([rng.choice([MISSING, 0, 1], 1_500), rng.integers(0, 400, 1_500)], axis=1).astype(np.int32)
    truth = np.where(np.isnan(numbers[:, 0]), 0.9, np.where(codes[:, 0] == 1, 0.8, 0.1))
    return Columns(SCHEMA, numbers, codes), (rng.random(1_500) < truth).astype(np.int8), truth


@pytest.mark.usefixtures("_either")
@pytest.mark.parametrize("pairs", [False, True])
def test_it_finds_what_the_labels_follow_missing_values_included(customers, pairs):
    columns, labels, truth = customers
    predict = fit_booster(columns, labels, np.arange(1_000), np.arange(1_000, 1_500), Boosting(), seed=0, pairs=pairs)
    assert np.abs(predict(columns) - truth).mean() < 0.1


@pytest.mark.usefixtures("_either")
def test_the_same_seed_gives_the_same_answers_and_new_levels_are_answered(customers):
    columns, labels, _ = customers
    asked = columns.take(np.arange(5))
    asked.codes[:] = UNSEEN
    one, two = (
        fit_booster(columns, labels, np.arange(500), np.arange(500, 900), Boosting(depth=4), seed=3)(asked)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)
    assert ((one > 0) & (one < 1)).all()


@pytest.mark.usefixtures("_either")
def test_customers_who_are_all_alike_get_the_churn_rate(customers):
    columns, labels, _ = customers
    alike = Columns(SCHEMA, np.full((1_500, 1), np.nan), np.zeros((1_500, 2), dtype=np.int32))
    predict = fit_booster(alike, labels, np.arange(1_000), np.arange(1_000, 1_500), Boosting(), seed=0)
    np.testing.assert_allclose(predict(columns), labels[:1_000].mean())
