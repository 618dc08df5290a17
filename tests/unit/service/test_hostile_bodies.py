"""Bodies made to be slow to read: none costs more than time in proportion to its size."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.records import RecordReader
from service.formats.json_body.marks import count_marks
from service.formats.json_body.reading import BodyReader
from service.problems import Refusal
from tests.examples import ONE_FIXTURE_FOR_ALL, examples
from tests.unit.service.conftest import RECORD, SCHEMA

BODY_BYTES = 10_000_000
CPU_LIMIT_S = 1.5
"""0.3 s is what is wanted of an idle core; the rest is for slow ones. What was quadratic took minutes."""

FRAGMENTS = [
    "[", "]", "{", "}", '"', "\\", '\\"', "\\\\", ":", ",", '":', '",', " ", "\n", "x", "\\u0041", "\\ud83d\\ude00",
    "é", "0", "9", "-", ".", "e", "1,", "1.5,", '"a",', "null,", "{},", "[],", "[[]],", '{"a":1},', '"a":1,',
    '"tenure":1,', '"tenur":"x",', '{"tenure":', '{"customer_id":', '{"contract":"', "9" * 4300 + ",",
    "x" * 999, "NaN,", "\\n",
]  # fmt: skip
BEFORE = ["", "[", "{", '["', '{"', '{"a":"', '[{"a":', '{"tenure":', "[" * 150, "[" * 10_002 + '"', '{"a":[']
AFTER = ["", "]", "}", '"', '"}', '"}]', '"]', "}]", "1}]", "{}]", "]}", '"":1}', '\\"']


@pytest.fixture(scope="module")
def reader():
    return BodyReader(SCHEMA, RecordReader(SCHEMA).read, 10_000)


def cpu_seconds(reader, body):
    """Return what it costs to read a body both ways that wrong records may be answered."""
    refusals = []
    started_s = time.thread_time()
    for report in (False, True):
        try:
            reader.read(body, report=report)
        except Refusal as refusal:
            refusals.append(refusal)
    spent_s = time.thread_time() - started_s
    assert {refusal.kind for refusal in refusals} <= {"malformed-json", "too-large", "invalid-records"}
    assert all(len(refusal.reply("id").body) < 300 * 1024 for refusal in refusals)
    return spent_s / 2


def repeated(pattern, size=BODY_BYTES):
    return pattern * (size // max(len(pattern), 1))


@settings(max_examples=examples(25), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(
    before=st.sampled_from(BEFORE),
    pattern=st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join),
    after=st.sampled_from(AFTER),
)
def test_no_repeated_pattern_is_slow(reader, before, pattern, after):
    body = before.encode() + repeated(pattern.encode()) + after.encode()
    assert cpu_seconds(reader, body) < CPU_LIMIT_S


GOOD = json.dumps(RECORD)[:-1]
NASTY = {
    "many backslashes in a text that does not end": "[" * 10_002 + '"' + repeated('\\"'),
    "many backslashes in a text of one record": '{"a":"' + repeated('\\"') + '"}',
    "tiny records": "[" + repeated("{},", 29_000) + "{}]",
    "very many tiny records": "[" + repeated("{},") + "{}]",
    "very many numbers": "[" + repeated("1,") + "1]",
    "deep records": "[" + ",".join(['{"a":' + "[" * 190 + "]" * 190 + "}"] * 9000) + "]",
    "a huge number": '{"tenure":' + repeated("9") + "}",
    "many huge numbers": "[" + ",".join(['{"tenure":' + "9" * 4290 + "}"] * 2300) + "]",
    "many huge numbers twice": "[" + ",".join(['{"tenure":' + "9" * 4290 + ',"tenure":1}'] * 2300) + "]",
    "a huge fraction": '{"charges":0.' + repeated("1") + "}",
    "many names": GOOD + "".join(f',"k{i}":1' for i in range(900_000)) + "}",
    "as many names as are read": GOOD + "".join(f',"k{i}":1' for i in range(270_000)) + "}",
    "as many names as are read, and one twice": GOOD + "".join(f',"k{i}":1' for i in range(270_000)) + ',"k1":1}',
    "one name very often": "{" + repeated('"a":"b",') + '"a":1}',
    "many names like a known one": "[" + ",".join(f'{{"tenur{i}":1,"ontract{i}":1}}' for i in range(9999)) + "]",
    "many long names": "[" + ",".join(f'{{"{"tenure" * 150}{i}":1}}' for i in range(9999)) + "]",
    "the last record names one twice": "[" + (GOOD + "},") * 9998 + GOOD + ',"tenure":1}]',
    "brackets and commas in texts": "[" + ",".join([GOOD + ',"x":"' + "[{,:" * 190 + '"}'] * 9999) + "]",
    "spaces before a colon": '{"tenure"' + repeated(" ") + ":1}",
    "nothing but spaces": repeated(" "),
    "right numbers in another dress": "[" + ",".join([json.dumps({**RECORD, "tenure": 5.0})] * 9999) + "]",
}


@pytest.mark.parametrize("name", NASTY)
def test_no_body_that_was_made_to_be_slow_is(reader, name):
    assert cpu_seconds(reader, NASTY[name].encode()) < CPU_LIMIT_S


JSON_VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='"\\{}[],:ax é\n', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='"\\:,{x', max_size=4), inner),
    max_leaves=12,
)


def marks_of(value):
    """Count the marks of a value as JSON by what the value is."""
    if isinstance(value, dict | list):
        inner = [marks_of(item) for item in (value.values() if isinstance(value, dict) else value)]
        own = (1, max(len(value) - 1, 0), len(value) if isinstance(value, dict) else 0)
        return tuple(map(sum, zip(own, *inner, strict=True)))
    return 0, 0, 0


@given(value=JSON_VALUES, ascii_only=st.booleans())
def test_marks_are_counted_outside_of_texts_only(value, ascii_only):
    assert count_marks(json.dumps(value, ensure_ascii=ascii_only).encode()) == marks_of(value)


@given(value=JSON_VALUES)
def test_names_are_told_to_stand_twice_only_where_they_do(reader, value):
    once = json.dumps([value, {"a": value}])
    twice = once[:-2] + ',"a":1}]'
    assert "twice" not in refused(reader, once).detail
    assert 'index 1 names "a" twice' in refused(reader, twice).detail


def refused(reader, text):
    with pytest.raises(Refusal) as caught:
        reader.read(text.encode(), report=False)
    return caught.value


def test_a_name_that_stands_twice_inside_of_a_field_is_found(reader):
    assert 'index 1 names "b" twice' in refused(reader, '[{"a": [1]}, {"a": [{"b": 1, "b": [2, 3]}]}]').detail


def test_numbers_too_long_to_write_out_do_not_hide_a_name_that_stands_twice(reader):
    assert '"tenure" twice' in refused(reader, '{"tenure":' + "9" * 4300 + ',"tenure":1}').detail


def test_what_holds_too_many_values_is_refused_before_it_is_built(reader):
    refusal = refused(reader, "[" + repeated("1,", 2_000_000) + "1]")
    assert refusal.kind == "too-large"
    assert "1,000,001 values" in refusal.detail
    assert "the limit is 10,000 records" in refusal.detail


def test_twice_the_names_of_a_record_are_still_told_one_by_one(reader):
    record = GOOD + "".join(f',"extra{i}":1' for i in range(len(RECORD))) + "}"
    refusal = refused(reader, "[" + ",".join([record] * 10_000) + "]")
    assert refusal.kind == "invalid-records"
    assert "no field of this name" in refusal.problems[0].expected
