from __future__ import annotations

import pytest

from churn.kinds.clock import parse_hours


@pytest.mark.parametrize(
    ("text", "hours"), [("00:00", 0.0), ("13:30:00", 13.5), ("23:59:59", 86399 / 3600), ("1:06:00.5", 1.1 + 0.5 / 3600)]
)
def test_clock_times_are_hours_since_midnight(text, hours):
    assert parse_hours(text) == pytest.approx(hours)


@pytest.mark.parametrize("text", ["24:00", "12:60", "12:00:60", "-1:00", "12", "", "noon", "12:00:00:00", "12:00:nan"])
def test_what_is_no_clock_time_is_refused(text):
    with pytest.raises(ValueError):
        parse_hours(text)
