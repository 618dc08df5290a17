"""The quick way and the exact way of reading a body agree."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.records import RecordReader
from service.formats.json_body.reading import BodyReader
from service.record.checks import Checker
from tests.examples import ONE_FIXTURE_FOR_ALL, examples
from tests.unit.service.conftest import SCHEMA

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30, -999, -999.0, 5.0, 0.5, 1e300]),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        ["", "?", "-", "month", "a", "2020-02-29", "2021-02-29", "03/01/2024", "03/01/2034", "23:59", "24:00"]
    ),
    st.just("x" * 1001),
    st.lists(st.integers(), max_size=1),
)


@pytest.fixture(scope="module")
def reader():
    """A reader of bodies: made once, for making one takes longer than reading with it."""
    return BodyReader(SCHEMA, RecordReader(SCHEMA).read, 10)


@pytest.fixture(scope="module")
def checker():
    return Checker(SCHEMA)


@settings(max_examples=examples(400), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(data=st.data())
def test_what_the_quick_way_takes_has_no_problems_and_gives_the_same_columns(reader, checker, record, data):
    names = [*record, "customer_id", "customerID", "unknown"]
    changes = data.draw(st.dictionaries(st.sampled_from(names), ODD, max_size=3))
    dropped = data.draw(st.sets(st.sampled_from(names), max_size=1))
    sent = {name: value for name, value in {**record, **changes}.items() if name not in dropped}
    body = json.dumps([sent]).encode()
    quick = reader.read_large(body)
    problems = list(checker.problems(0, json.loads(body)[0], checker.guesses()))
    assert checker.count(json.loads(body)[0]) == len(problems)
    if quick is not None:
        assert problems == []
    if problems == []:
        exact = reader.read_exactly(body, report=False)
        assert len(exact.columns) == 1
        if quick is not None:
            assert quick.identifiers == exact.identifiers
            assert np.array_equal(quick.columns.numbers, exact.columns.numbers, equal_nan=True)
            assert np.array_equal(quick.columns.codes, exact.columns.codes)


@settings(max_examples=examples(300), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(
    body=st.binary(max_size=60)
    | st.text(alphabet='[]{}":,0123456789eE+-.truefalsn \\ux\n', max_size=60).map(str.encode)
)
def test_no_body_makes_it_fail_otherwise_than_by_a_refusal(client, body):
    assert client.post(body).status_code in {200, 400, 422}


def test_the_order_of_fields_changes_nothing(reader, record):
    forwards = reader.read(json.dumps(record).encode(), report=False)
    backwards = reader.read(json.dumps(dict(reversed(record.items()))).encode(), report=False)
    assert np.array_equal(forwards.columns.numbers, backwards.columns.numbers)
    assert np.array_equal(forwards.columns.codes, backwards.columns.codes)


def test_a_good_body_takes_the_quick_way(reader, record):
    assert reader.read_large(json.dumps(record).encode()) is not None
    assert reader.read_large(json.dumps([record, {**record, "customer_id": 'say "hi": now'}]).encode()) is None
    assert reader.read_large(json.dumps([record] * 3).encode()) is not None
