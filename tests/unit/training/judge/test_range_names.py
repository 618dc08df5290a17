"""What a range is called is recounted: the raw values by what is written give the rows that are shown."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.columns import Columns
from churn.kinds import quantity_of
from churn.schema import Field, Schema
from training.judge.segments import segments

AS_OF = date(2024, 1, 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SECONDS = st.integers(0, 86_399)


def divided(values, kind):
    field = Field("x", kind, nullable=True)
    schema = Schema((field,), as_of=AS_OF)
    numbers = np.asarray(values, np.float64)[:, None]
    found = segments(field, Columns(schema, numbers, np.empty((len(numbers), 0), np.int32)))
    return found, quantity_of(field, AS_OF)


def names(values, kind="number"):
    return [segment.name for segment in divided(values, kind)[0].listed]


def recounted(values, kind):
    """For each value the ranges that it belongs to by their written ends, which have to be one: the shown one."""
    found, read_as = divided(values, kind)
    read = (lambda text: float(text.replace(",", ""))) if kind in {"number", "integer"} else read_as.parse
    for value, place in zip(values, found.place.tolist(), strict=True):
        holds = []
        for segment in found.listed:
            low, high = sorted((read(segment.first), read(segment.last)))
            holds.append(low <= value < high if segment.under else low <= value <= high)
        assert np.flatnonzero(holds).tolist() == [place], (value, [segment.name for segment in found.listed])


@given(st.lists(FLOATS, min_size=1, max_size=60))
def test_floats_of_any_size_are_counted_where_it_is_written(values):
    recounted(values, "number")


@given(st.lists(st.floats(-3, 3, width=16), min_size=1, max_size=80), FLOATS)
def test_floats_that_lie_close_together_are_counted_where_it_is_written(values, scale):
    recounted([value * (scale % 1e-6) + 1 for value in values], "number")


@given(st.lists(st.integers(-(10**18), 10**18) | st.integers(-20, 40), min_size=1, max_size=80))
def test_whole_numbers_are_counted_where_it_is_written(values):
    recounted([float(value) for value in values], "integer")


@given(st.lists(st.integers(-3_000, 9_000), min_size=1, max_size=60))
def test_days_are_counted_where_it_is_written(days):
    recounted([float(day) for day in days], "date")


@given(st.lists(SECONDS.map(lambda second: str(timedelta(seconds=second))), min_size=1, max_size=60))
def test_times_are_counted_where_it_is_written(texts):
    read = divided([], "time")[1].parse
    recounted([read(text) for text in texts], "time")


@given(st.lists(st.tuples(SECONDS, st.integers(0, 999)), min_size=1, max_size=60))
def test_times_with_fractions_of_seconds_are_counted_where_it_is_written(times):
    read = divided([], "time")[1].parse
    recounted([read(f"{timedelta(seconds=second)}.{milliseconds:03d}") for second, milliseconds in times], "time")


@given(st.lists(st.integers(-1_000, 1_000), min_size=11, max_size=200, unique=True))
def test_ranges_of_whole_numbers_leave_no_gap(values):
    found = [segment for segment in divided(values, "integer")[0].listed if segment.first != segment.last]
    ends = [(int(segment.first), int(segment.last)) for segment in found]
    assert all(start == end + 1 for (_, end), (start, _) in pairwise(ends))


def test_other_ranges_meet_in_a_number_that_is_short():
    assert names(np.arange(100) / 4 + 0.01) == [
        "0.01 to under 5",
        "5 to under 10",
        "10 to under 15",
        "15 to under 20",
        "20 to 24.76",
    ]


def test_a_single_value_between_others_is_written_as_it_is():
    values = [*np.linspace(-9.5, -0.5, 50), *[0.0] * 50, *np.linspace(0.5, 9.5, 50)]
    assert "0" in names(values)
    assert all(" to " in name for name in names(values) if name != "0")


@pytest.mark.parametrize(
    ("values", "last"),
    [
        (range(1_000, 2_000), "1800 to 1999"),
        (range(1_000_000, 1_076_091), "1,060,872 to 1,076,090"),
        (np.arange(1, 101) * 1.1e-3, "0.089 to 0.11"),
        (np.arange(1, 101) * 1.1e-6, "8.9e-5 to 0.00011"),
    ],
)
def test_numbers_are_written_for_people(values, last):
    assert names(values)[-1] == last


def test_times_are_written_as_clock_times():
    assert names(np.repeat(np.arange(24), 10), "time")[0] == "00:00:00 to 03:00:00"
    assert names(np.repeat(np.arange(24), 10) + 0.5 / 3600, "time")[0] == "00:00:00 to under 04:00:00"
