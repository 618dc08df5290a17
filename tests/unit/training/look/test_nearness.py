import numpy as np
import pytest

from churn.columns import MISSING, Columns
from churn.schema import Field, Schema
from training.look.nearness import Nearness

NUMBER = Schema((Field("x", "number", nullable=True),))
CATEGORY = Schema((Field("c", "category", nullable=True, levels=("a", "b")),))


def of_numbers(values, row):
    numbers = np.array(values, float)[:, None]
    return Nearness(Columns(NUMBER, numbers, np.empty((len(values), 0), np.int32)), np.arange(len(values))).of(row)


def of_codes(codes, row):
    columns = Columns(CATEGORY, np.empty((len(codes), 0)), np.array(codes, np.int32)[:, None])
    return Nearness(columns, np.arange(len(codes))).of(row)


def test_equal_numbers_are_the_nearer_the_rarer_they_are():
    values = [0] * 90 + [5] * 10
    assert of_numbers(values, 0)[1] == pytest.approx(-np.log(0.9), rel=1e-5)
    assert of_numbers(values, 99)[98] == pytest.approx(-np.log(0.1), rel=1e-5)


def test_numbers_are_as_near_as_there_are_customers_between_whatever_the_unit():
    values = np.arange(1000.0)
    near = of_numbers(values, 500)
    assert near[510] == pytest.approx(-np.log(21 / 1000), rel=1e-3)  # 490 to 510 are as near
    np.testing.assert_allclose(near, of_numbers(values**3, 500))
    assert near[0] == pytest.approx(0, abs=1e-2)


def test_missing_numbers_are_alike_and_far_from_every_other():
    near = of_numbers([np.nan] * 25 + list(range(75)), 0)
    assert near[1] == pytest.approx(-np.log(0.25), rel=1e-5)
    assert not near[25:].any()
    assert not of_numbers([np.nan] * 25 + list(range(75)), 99)[:25].any()


def test_equal_levels_are_the_nearer_the_rarer_they_are_and_others_say_nothing():
    codes = [0] * 60 + [1] * 30 + [MISSING] * 10
    assert of_codes(codes, 0)[[1, 60, 99]] == pytest.approx([-np.log(0.6), 0, 0], abs=1e-6)
    assert of_codes(codes, 99)[[98, 0]] == pytest.approx([-np.log(0.1), 0], abs=1e-6)


def test_many_fields_add_up_and_never_overflow():
    rows, fields = 1_000, 60
    numbers = np.tile(np.arange(rows, dtype=float)[:, None], fields)
    schema = Schema(tuple(Field(f"x{j}", "number") for j in range(fields)))
    near = Nearness(Columns(schema, numbers, np.empty((rows, 0), np.int32)), np.arange(rows)).of(3)
    assert np.isfinite(near).all()
    assert near[3] == pytest.approx(fields * np.log(rows), rel=1e-4)
