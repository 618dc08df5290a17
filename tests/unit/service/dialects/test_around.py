"""Bodies that are an object around records, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from service.dialects.around import Around

AROUND = Around("instances", "dataframe_records")


def read(text):
    """What a text means; None where it is no JSON."""
    try:
        return from_json(text)
    except ValueError:
        return None


@pytest.mark.parametrize("name", ["instances", "dataframe_records"])
@pytest.mark.parametrize("style", [{}, {"separators": (",", ":")}, {"indent": 2}])
def test_what_is_inside_is_the_records(name, style):
    records = [{"a": 1, "b": "x]}"}, {"a": [2]}]
    assert read(AROUND.inside(json.dumps({name: records}, **style).encode())) == records


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"[{}]", b'{"instances": {}}', b'{"instances": 1}', b'{"other": [1]}',
        b'{"instances": [1]', b'{"instances": [1]}}', b'{"instances": [1], "params": {}}', b'{"instances": [1]}\x0c',
        b'\x0b{"instances": [1]}', b'{"a": 1, "instances": [1]}',
    ],
)  # fmt: skip
def test_all_else_has_to_be_read(body):
    assert AROUND.inside(body) is None


@given(st.binary() | st.text(alphabet='{}[]":,1 \n\\ae').map(str.encode))
def test_what_is_inside_means_what_the_body_means_or_is_no_json(rest):
    body = b'{"instances":[' + rest + b"]}"
    inside = AROUND.inside(body)
    found = None if inside is None else read(inside)
    if found is not None:
        assert read(body) == {"instances": found}
