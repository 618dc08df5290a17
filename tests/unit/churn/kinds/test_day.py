from __future__ import annotations

from datetime import date

import pytest

from churn.kinds.day import parse_day


@pytest.mark.parametrize(
    ("text", "date_format", "day"),
    [
        ("2024-02-29", None, date(2024, 2, 29)),
        ("2024-02-29", "%Y-%m-%d", date(2024, 2, 29)),
        ("2024-02-29T23:59:59Z", None, date(2024, 2, 29)),
        ("2024-02-29 00:00:00", None, date(2024, 2, 29)),
        ("29.02.2024", "%d.%m.%Y", date(2024, 2, 29)),
    ],
)
def test_days_are_read_as_the_schema_writes_them(text, date_format, day):
    assert parse_day(text, date_format) == day


@pytest.mark.parametrize(
    ("text", "date_format"), [("2023-02-29", None), ("29.02.2024", None), ("2024-02-29", "%d.%m.%Y"), ("", None)]
)
def test_what_is_no_day_is_refused(text, date_format):
    with pytest.raises(ValueError):
        parse_day(text, date_format)
