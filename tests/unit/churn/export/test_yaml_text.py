import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from churn.export.yaml_text import to_yaml

NAMED = {
    "texts": {"plain": "telco", "colon": "a: b # c", "quotes": "\"'\\", "lines": "a\nb\r\tc", "empty": ""},
    "rare": {"astral": "\N{GRINNING FACE}", "control": "\x7f\x85\x00", "mark": "\ufeff\u2028", "umlaut": "ä"},
    "none": None,
    "truths": {"right": True, "wrong": False},
    "numbers": {"whole": 3, "small": 1e-05, "large": 1.5e300, "even": 1e16, "half": 0.5},
    "list": ["a", "- b", {"pip": ["x==1", "y"], "also": {"deep": 1}}],
}


def test_what_is_written_is_what_a_reader_of_yaml_reads():
    assert yaml.safe_load(to_yaml(NAMED)) == NAMED


@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_any_number_come_back(text, number):
    data = {"text": text, "number": number, "list": [text, {"in": number}]}
    assert yaml.safe_load(to_yaml(data)) == data


def test_a_number_that_yaml_has_another_word_for_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        to_yaml({"threshold": float("nan")})


def test_entries_stand_in_their_order_one_on_a_line():
    assert to_yaml({"b": {"d": 1, "c": ["x"]}, "a": None}) == 'b:\n  d: 1\n  c:\n  - "x"\na: null\n'
