from datetime import date

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN, Columns
from churn.schema import Field, Schema
from training.judge.segments import MOST_LEVELS, RANGES, fewest, segments


def of_numbers(values, kind="number"):
    field = Field("x", kind, nullable=True)
    numbers = np.asarray(values, np.float64)[:, None]
    schema = Schema((field,), as_of=date(2024, 1, 1))
    return segments(field, Columns(schema, numbers, np.empty((len(numbers), 0), np.int32)))


def of_codes(codes, levels):
    field = Field("c", "category", nullable=True, levels=levels)
    codes = np.asarray(codes, np.int32)[:, None]
    return segments(field, Columns(Schema((field,)), np.empty((len(codes), 0)), codes))


def names(found):
    return [segment.name for segment in found.listed]


def test_a_number_is_divided_in_ranges_of_equally_many_named_by_their_lowest_and_highest_value():
    found = of_numbers(range(100))
    assert names(found) == ["0 to 19", "20 to 39", "40 to 59", "60 to 79", "80 to 99"]
    assert np.bincount(found.place).tolist() == [20] * RANGES


def test_missing_numbers_are_a_group_of_their_own():
    found = of_numbers([*range(100), np.nan])
    assert names(found)[-1] == "(missing)"
    assert found.place[-1] == RANGES
    assert names(of_numbers([np.nan] * 3)) == ["(missing)"]


def test_a_number_of_few_values_has_a_group_for_each_and_rare_ones_share():
    assert names(of_numbers(np.repeat([0, 1], 50))) == ["0", "1"]
    assert names(of_numbers(np.repeat([1, 2, 3, 4], [500, 450, 45, 5]))) == ["1", "2", "3 to 4"]


def test_a_value_that_many_share_stands_alone():
    found = of_numbers([0] * 40 + list(range(1, 61)))
    assert names(found)[0] == "0"
    assert np.bincount(found.place)[0] == 40


def test_dates_come_in_the_order_of_time_and_are_written_as_dates():
    found = of_numbers(range(1, 101), "date")
    assert names(found)[0] == "2023-09-23 to 2023-10-12"
    assert names(found)[-1] == "2023-12-12 to 2023-12-31"
    assert found.place[0] == RANGES - 1


@pytest.mark.parametrize("seed", range(5))
def test_every_customer_is_in_one_group_whose_ends_hold_the_value(seed):
    values = np.random.default_rng(seed).geometric(0.05, 700).astype(float)
    found = of_numbers(values)
    for i, segment in enumerate(found.listed):
        inside = values[found.place == i]
        assert (inside.min(), inside.max()) == (float(segment.first), float(segment.last))
        assert len(inside) >= fewest(700)


def test_levels_keep_their_order_and_only_those_that_are_there_are_listed():
    found = of_codes([2, 0, MISSING, 2, UNSEEN], ("a", "b", "c"))
    assert names(found) == ["a", "c", "(missing)", "(never seen)"]
    assert found.place.tolist() == [1, 0, 2, 1, 3]


def test_of_very_many_levels_the_rarest_share_a_group():
    levels = tuple(f"l{i:02}" for i in range(30))
    codes = np.concatenate([np.arange(30), np.repeat(np.arange(10, 21), 5)])
    found = of_codes(codes, levels)
    assert names(found) == [*levels[10:21], "(19 other levels)"]
    assert len(found.listed) == MOST_LEVELS
    assert (found.place[:10] == MOST_LEVELS - 1).all()
    assert found.place[10] == 0


def test_a_group_is_quoted_from_ten_customers_and_one_percent_on():
    assert [fewest(n) for n in (50, 1_000, 1_001, 5_000)] == [10, 10, 11, 50]
