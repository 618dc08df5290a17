import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from training.learn.pairs import MOST_NUMBERS, NO_PAIRS, fit_pairs


def customers(numbers):
    schema = Schema(tuple(Field(f"x{j}", "number", nullable=True) for j in range(numbers.shape[1])))
    return Columns(schema, numbers.astype(np.float64), np.empty((len(numbers), 0), dtype=np.int32))


def test_pairs_are_sums_and_differences_of_scaled_numbers():
    columns = customers(np.array([[0.0, 30.0], [2.0, 20.0], [4.0, 10.0], [8.0, 50.0], [6.0, 40.0]]))
    pairs = fit_pairs(columns, np.array([0, 1, 0, 1, 0]), seed=0)
    scaled = (columns.numbers - [4, 30]) / [4, 20]
    expected = np.stack([scaled.sum(axis=1), scaled[:, 0] - scaled[:, 1]], axis=1)
    np.testing.assert_allclose(pairs(columns), expected)
    assert pairs.width == 2


def test_of_many_numbers_those_that_matter_are_paired():
    rng = np.random.default_rng(0)
    columns = customers(rng.normal(size=(800, 14)))
    labels = (columns.numbers[:, 3] + columns.numbers[:, 11] > 0).astype(np.int8)
    pairs = fit_pairs(columns, labels, seed=0)
    assert {3, 11} <= set(pairs.chosen.tolist())
    assert len(pairs.chosen) == MOST_NUMBERS
    made = pairs(columns)
    assert made.shape == (800, MOST_NUMBERS * (MOST_NUMBERS - 1) + 1)
    scaled = (columns.numbers[:, pairs.chosen] - pairs.center) / pairs.scale
    np.testing.assert_allclose(made[:, -1], scaled.sum(axis=1))


def test_a_number_that_is_told_twice_is_paired_once():
    x = np.random.default_rng(0).normal(size=(300, 3))
    columns = customers(np.concatenate([x, 0.17 * x[:, :1] + 2, np.full((300, 1), np.nan)], axis=1))
    assert fit_pairs(columns, (x[:, 0] > 0).astype(np.int8), seed=0).chosen.tolist() == [0, 1, 2]


def test_a_missing_number_makes_its_pairs_missing_and_a_constant_one_is_no_division_by_zero():
    numbers = np.array([[1.0, 5.0], [np.nan, 5.0], [3.0, 5.0], [4.0, 5.0]])
    made = fit_pairs(customers(numbers), np.array([0, 1, 0, 1]), seed=0)(customers(numbers))
    assert np.isnan(made).any(axis=1).tolist() == [False, True, False, False]
    assert np.isfinite(made[[0, 2, 3]]).all()


@pytest.mark.parametrize("numbers", [np.ones((4, 1)), np.stack([np.ones(4), np.full(4, np.nan)], 1)])
def test_fewer_than_two_numbers_make_no_pair(numbers):
    pairs = fit_pairs(customers(numbers), np.array([0, 1, 0, 1]), seed=0)
    assert pairs is NO_PAIRS
    assert pairs(customers(numbers)).shape == (4, 0)
