from __future__ import annotations

import pytest

from churn.schema import Field


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("n", "number"), "a number"),
        (Field("n", "integer", nullable=True), "a whole number or null"),
        (Field("n", "number", minimum=0, maximum=10), "a number (at least 0 and at most 10)"),
        (Field("d", "date"), "a date as text, YYYY-MM-DD"),
        (Field("d", "date", date_format="%d/%m/%Y"), "a date as text, in the form %d/%m/%Y"),
        (Field("t", "time"), "a clock time as text, HH:MM or HH:MM:SS"),
        (Field("c", "category", levels=("Ja", "Née")), 'text such as "Ja", "Née"'),
        (Field("c", "category", levels=(1, 2)), "a whole-number code such as 1, 2"),
        (Field("c", "category", levels=(False, True)), "true or false"),
    ],
)
def test_a_field_says_what_it_expects(field, expected):
    assert field.expected() == expected


def test_a_long_list_of_levels_is_cut():
    field = Field("c", "category", levels=tuple(range(100)))
    assert field.expected().endswith("… (100 levels)")
