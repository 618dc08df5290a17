"""Numbers as people write them, against the numbers that were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.kinds.spelling import UNITS, Written, read_number, says_number


@pytest.mark.parametrize(
    ("text", "decimal", "number", "unit"),
    [
        ("1.234,56", ",", 1234.56, None),
        ("1 234,56", ",", 1234.56, None),
        ("1\u202f234,5 €", ",", 1234.5, "€"),
        ("1'234.56", ".", 1234.56, None),
        ("1’234.56", ".", 1234.56, None),
        ("1,234.56", ".", 1234.56, None),
        ("1,234,567", ".", 1234567, None),
        ("1.234.567", ",", 1234567, None),
        ("12,5 %", ",", 12.5, "%"),
        ("12.5%", ".", 12.5, "%"),
        ("€ 1.234,56", ",", 1234.56, "€"),
        ("1.234,56 EUR", ",", 1234.56, "EUR"),
        ("R$ 10,00", ",", 10, "R$"),
        ("$5", ".", 5, "$"),
        ("-$5.00", ".", -5, "$"),
        ("$-5.00", ".", -5, "$"),
        ("(12.50)", ".", -12.5, None),
        ("($1,250.00)", ".", -1250, "$"),
        ("5,00-", ",", -5, None),
        ("\u22125,0", ",", -5, None),
        ("+5", ",", 5, None),
        (",5", ",", 0.5, None),
        (" 7 ", ".", 7, None),
        ("1.234", ",", 1234, None),
        ("1.234", ".", 1.234, None),
        ("1,234", ",", 1.234, None),
        ("1,234", ".", 1234, None),
    ],
)
def test_a_number_is_read_as_it_is_meant(text, decimal, number, unit):
    assert read_number(text, decimal) == Written(number, unit)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1.23,4", ","), ("12.34.567", ","), ("1,234,567", ","), ("1 234'567", "."), ("0.125", ","), ("1,23.4", "."),
        ("", "."), ("-", "."), ("€", "."), ("$ 5 %", "."), ("(5", "."), ("5)", "."), ("(-5)", "."), ("--5", "."),
        ("-5-", "."), ("5,", ","), ("5 XYZ", "."), ("1e5", "."), ("٣", "."), ("5 5", "."), ("$", "."), (",", ","),
    ],
)  # fmt: skip
def test_what_is_no_such_number_is_none(text, decimal):
    assert read_number(text, decimal) is None


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from([",", "."]),
    st.sampled_from(["", " ", "\u00a0", "'", "other"]),
    st.sampled_from([None, *sorted(UNITS)]),
    st.booleans(),
    st.booleans(),
)
def test_every_amount_is_read_back(hundredths, decimal, mark, unit, brackets, before):
    thousands = {",": ".", ".": ","}[decimal] if mark == "other" else mark
    digits = f"{abs(hundredths) // 100:,}".replace(",", thousands)
    text = f"{digits}{decimal}{abs(hundredths) % 100:02}"
    if unit:
        text = f"{unit} {text}" if before else f"{text} {unit}"
    if hundredths < 0:
        text = f"({text})" if brackets else f"-{text}"
    assert read_number(text, decimal) == Written(hundredths / 100, unit)


def test_an_amount_in_another_currency_than_the_fields_is_refused():
    assert says_number("5 €", ".", "€") == says_number("5", ".", "€") == says_number("5 €", ".", "per month") == 5
    with pytest.raises(ValueError, match="USD"):
        says_number("5 USD", ".", "€")
    with pytest.raises(ValueError, match="five"):
        says_number("five", ".", None)
