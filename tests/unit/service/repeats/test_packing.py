"""A reply as bytes and back."""

from hypothesis import given
from hypothesis import strategies as st

from service.repeats.packing import packed, unpacked
from service.reply import Reply

HEADERS = st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=5)


@given(st.integers(100, 599), st.binary(max_size=500), st.binary(max_size=40), HEADERS)
def test_a_reply_comes_back_byte_for_byte(status, body, content_type, headers):
    assert unpacked(packed(Reply(status, body, content_type, headers))) == Reply(status, body, content_type, headers)


def test_what_was_counted_once_does_not_come_back():
    reply = Reply(200, b"{}", scored=3, refused=1, warnings={"missing_value": 2})
    assert unpacked(packed(reply)) == Reply(200, b"{}")
