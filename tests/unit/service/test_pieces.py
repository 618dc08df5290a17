import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.formats.json_body import pieces as module
from service.formats.json_body.pieces import pieces

TEXTS = st.text(alphabet='a"\\{}[],: é')
RECORDS = st.lists(st.dictionaries(TEXTS, TEXTS | st.integers()), min_size=1, max_size=20)


@pytest.fixture(autouse=True, scope="module")
def small():
    before, module.PIECE_BYTES = module.PIECE_BYTES, 10
    yield
    module.PIECE_BYTES = before


def read(body):
    """Read as the reader does: None where a piece is no array that holds something."""
    found = []
    for piece in pieces(body):
        try:
            records = json.loads(piece)
        except ValueError:
            return None
        if not isinstance(records, list) or not records:
            return None
        found += records
    return found


@given(RECORDS, st.sampled_from([None, 1]), st.booleans())
def test_what_is_read_in_pieces_is_what_was_sent_wherever_the_cuts_fall(records, indent, ascii_only):
    body = f" {json.dumps(records, indent=indent, ensure_ascii=ascii_only)}\n".encode()
    assert read(body) in (records, None)  # None: a cut fell into a text, and the closer look takes the whole


@given(st.lists(st.sampled_from(["{", "}", "[", "]", ",", '"', "},", "{}", "1", '"},{"'])).map("".join))
def test_what_is_no_json_is_none_in_pieces_either(middle):
    body = f"[{middle}]".encode()
    try:
        whole = json.loads(body)
    except ValueError:
        whole = None
    assert read(body) in (whole or None, None)


def test_a_long_array_is_cut_between_its_records():
    records = [{"n": number} for number in range(10)]
    found = list(pieces(json.dumps(records).encode()))
    assert len(found) > 3
    assert [record for piece in found for record in json.loads(piece)] == records


@pytest.mark.parametrize("records", range(1, 20))
def test_a_comma_too_many_is_seen_wherever_the_cuts_fall(records):
    assert read(b"[%b]" % (b"{}," * records)) is None


@pytest.mark.parametrize("body", [b'{"a": "long enough to be cut"}', b"[1", b"", b"  ", b'[{"a": 1}]x and more of it'])
def test_what_is_no_array_stays_whole(body):
    assert list(pieces(body)) == [body]
