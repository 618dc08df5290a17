import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.numerals import numeral, rounded


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1_076_090, "1,076,090"),
        (2024, "2024"),
        (-12_345.5, "-12,345.5"),
        (0.25, "0.25"),
        (-0.0, "0"),
        (100, "100"),
        (0.0000123, "1.23e-5"),
        (2e18, "2e+18"),
    ],
)
def test_numbers_are_written_as_people_read_them(value, said):
    assert numeral(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1_076_090, "1,076,090"),
        (1_234_567.89, "1,234,568"),
        (29.8512345, "29.8512"),
        (0.1 + 0.2, "0.3"),
        (0, "0"),
        (0.00001234567, "1.23457e-5"),
    ],
)
def test_what_is_rounded_keeps_its_whole_part(value, said):
    assert rounded(value) == said


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_is_the_number(value):
    assert float(numeral(value).replace(",", "")) == value
    assert float(rounded(value).replace(",", "")) == pytest.approx(value, rel=5.1e-6)
