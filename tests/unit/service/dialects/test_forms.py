"""Requests of a form that is known: read by their values, and as the exact look reads them."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import from_json

from service.dialects.forms import MOST_FORMS, Forms
from service.dialects.v2.quick import read_quickly

VALUES = {"a": "x", "b": 1, "c": 2.5, "d": None, "e": True}


def body(values, separators=None, **more):
    inputs = [{"name": name, "datatype": "BYTES", "shape": [1], "data": [value]} for name, value in values.items()]
    return json.dumps({"inputs": inputs, **more}, separators=separators).encode()


def known(*requests):
    forms = Forms(b'"data":[')
    for request in requests:
        columns, _, _ = read_quickly(request)
        forms.learn(request, columns)
    return forms


def read(record):
    """What a record means; None where it is no JSON."""
    try:
        return from_json(record)
    except ValueError:
        return None


@pytest.mark.parametrize("separators", [None, (",", ":")])
def test_other_values_in_a_known_form_are_read(separators):
    forms = known(body(VALUES, separators))
    other = {"a": "y, with a comma", "b": -7, "c": 1e-3, "d": "text", "e": False}
    assert read(forms.record(body(other, separators))) == other


def test_names_are_taken_as_they_are_written():
    names = {'with "quotes"': 1, "50 %": "x", "%b": 2, "ключ": None, "back\\slash": "y"}
    assert read(known(body(names)).record(body(names))) == names


def test_columns_without_more_around_them_are_a_form_too():
    forms = Forms(b'":[')
    request = json.dumps({"inputs": {name: [value] for name, value in VALUES.items()}}).encode()
    forms.learn(request, {name: [value] for name, value in VALUES.items()})
    assert read(forms.record(request.replace(b'"x"', b'"y"'))) == {**VALUES, "a": "y"}
    assert forms.record(request.replace(b'["x"]', b'["x", "y"]')) is None
    assert forms.record(request.replace(b"[1]", b"[]")) is None


def test_a_request_for_several_customers_is_no_form():
    request = b'{"inputs": [{"name": "a", "datatype": "BYTES", "shape": [2], "data": ["x", "y"]}]}'
    assert known(request).record(request) is None


def test_a_long_request_is_not_looked_at():
    long = body({"a": "x" * 20_000})
    assert known(long).record(long) is None


def test_another_form_is_not_known():
    forms = known(body(VALUES))
    for request in (body(VALUES, (",", ":")), body({**VALUES, "f": 1}), body(VALUES, id="x"), b"", b"{}", b"[" * 100):
        assert forms.record(request) is None


anything = st.one_of(
    st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers()), st.just('"data": ['),
    st.text(alphabet='"\\[]{},:x1 \n'),
)  # fmt: skip


@given(st.lists(anything, min_size=5, max_size=5))
@example(['x", "y', 1, 2, 3, 4])
@example(["]", 1, 2, 3, 4])
def test_what_is_read_by_its_form_is_what_the_quick_look_reads(values):
    request = body(dict(zip("abcde", values, strict=True)))
    record = known(body(VALUES)).record(request)
    found = None if record is None else read(record)
    if found is not None:
        columns, count, _ = read_quickly(request)
        assert count == 1
        assert [*found] == [*columns]
        assert all(repr(found[name]) == repr(columns[name][0]) for name in found)


@given(
    st.lists(
        st.binary(max_size=8) | st.sampled_from([b'"x', b'y"', b"1,2", b"", b"1]", b'"\\"', b"NaN"]),
        min_size=5,
        max_size=5,
    )
)
@example([b'"x', b'y"', b"1,2", b"3", b"4"])
def test_bytes_that_are_no_values_are_never_taken_for_some(pieces):
    """A text that is open in one place and closed in another would make values of what is none."""
    request = body(VALUES)
    for value, piece in zip((b'["x"]', b"[1]", b"[2.5]", b"[null]", b"[true]"), pieces, strict=True):
        request = request.replace(b'"data": ' + value, b'"data": [' + piece + b"]", 1)
    record = known(body(VALUES)).record(request)
    found = None if record is None else read(record)
    if found is not None:
        columns, _, _ = read_quickly(request)
        assert [*found] == [*columns]
        assert all(repr(found[name]) == repr(columns[name][0]) for name in found)


def test_a_form_whose_values_are_not_whole_is_not_learned():
    request = body({"a": "x]y", "b": 'quote " in it'})
    forms = known(request)
    assert forms.record(request) is None


def test_the_newest_are_kept():
    requests = [body({f"name{number}": 1}) for number in range(MOST_FORMS + 10)]
    forms = known(*requests)
    assert [forms.record(request) is not None for request in requests] == [False] * 10 + [True] * MOST_FORMS
