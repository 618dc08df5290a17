import numpy as np
import pytest

from churn.columns import MISSING
from training.learn.imagine import imagine


@pytest.fixture(scope="module")
def columns():
    from churn.columns import Columns
    from churn.schema import Field, Schema

    rng = np.random.default_rng(0)
    schema = Schema(
        (
            Field("months", "integer"),
            Field("charge", "number", nullable=True),
            Field("plan", "category", levels=("a", "b", "c"), nullable=True),
            Field("paperless", "category", levels=(0, 1)),
        )
    )
    numbers = np.stack([rng.integers(0, 72, 300), np.where(rng.random(300) < 0.2, np.nan, rng.random(300))], axis=1)
    codes = np.stack([rng.choice([MISSING, 0, 2], 300), rng.integers(0, 2, 300)], axis=1).astype(np.int32)
    return Columns(schema, numbers.astype(np.float64), codes)


def test_every_cell_is_one_that_stands_in_its_column(columns):
    imagined = imagine(columns, 5_000, seed=0)
    for j in range(2):
        known = set(columns.numbers[~np.isnan(columns.numbers[:, j]), j])
        assert set(imagined.numbers[~np.isnan(imagined.numbers[:, j]), j]) <= known
        assert set(np.unique(imagined.codes[:, j])) == set(np.unique(columns.codes[:, j]))
    assert imagined.codes.dtype == np.int32
    assert len(imagined) == 5_000


def test_each_column_keeps_its_distribution(columns):
    imagined = imagine(columns, 50_000, seed=0)
    assert np.isnan(imagined.numbers[:, 1]).mean() == pytest.approx(np.isnan(columns.numbers[:, 1]).mean(), abs=0.03)
    assert imagined.numbers[:, 0].mean() == pytest.approx(columns.numbers[:, 0].mean(), abs=0.5)


def test_most_are_near_a_customer_and_some_are_crossovers_of_two(columns):
    imagined = imagine(columns, 600, seed=1)
    theirs = np.concatenate([np.nan_to_num(columns.numbers, nan=-1), columns.codes], axis=1)
    ours = np.concatenate([np.nan_to_num(imagined.numbers, nan=-1), imagined.codes], axis=1)
    shared = (ours[:, None, :] == theirs[None]).mean(axis=2).max(axis=1)
    assert (shared >= 0.75).mean() > 0.6
    assert shared.min() >= 0.5


def test_the_same_seed_imagines_the_same_customers(columns):
    one, two, other = (imagine(columns, 50, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.numbers, two.numbers)
    np.testing.assert_array_equal(one.codes, two.codes)
    assert (one.codes != other.codes).any()
