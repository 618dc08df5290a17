"""What pydantic or the checks let pass is read into columns without a fault."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from churn.records import RecordReader
from service.record.checks import Checker
from service.record.models import record_adapter
from tests.examples import ONE_FIXTURE_FOR_ALL, examples
from tests.unit.service.conftest import RECORD, SCHEMA

MOMENTS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"\A[0-9]{1,4}[-/][0-9]{1,3}[-/][0-9]{1,4}\Z"),
    st.from_regex(r"\A[0-9]{1,3}:[0-9]{1,3}(:[0-9.]{1,4})?\Z"),
    st.sampled_from(["", " ", "-", " - ", "2020-02-29T24:00", "20200229", "2020-W01-1", "29/02/2020", "1_0:0_0"]),
    st.none() | st.booleans() | st.integers() | st.floats(),
)


@pytest.fixture(scope="module")
def doors():
    return record_adapter(SCHEMA), Checker(SCHEMA), RecordReader(SCHEMA)


@settings(max_examples=examples(400), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(changes=st.dictionaries(st.sampled_from(["joined", "seen", "at", "offer", "total"]), MOMENTS, max_size=3))
def test_a_record_that_was_let_pass_can_always_be_read(doors, changes):
    adapter, checker, reader = doors
    body = json.dumps({**RECORD, **changes})
    problems = checker.count(json.loads(body))
    try:
        validated = adapter.validate_json(body)
    except ValidationError:
        validated = None
    if validated is not None:
        assert problems == 0
        assert len(reader.read([validated])) == 1
    if problems == 0:
        assert len(reader.read([json.loads(body)])) == 1
