"""Bytes of bodies that are still arriving: how many there may be, and that they are counted right to the end."""

import asyncio

import pytest

from service.api.arriving import Arriving, ArrivingFullError
from tests.unit.service.test_shortcut import answers, post
from tests.unit.service.wire import connect


def test_bodies_hold_what_they_announce_until_they_are_released():
    arriving = Arriving(1_000, 10)
    first, second = arriving.begin(), arriving.begin()
    first.hold(600)
    first.hold(600)
    with pytest.raises(ArrivingFullError, match="600 bytes are arriving, of at most 1,000"):
        second.hold(401)
    second.hold(400)
    assert arriving.held_bytes == 1_000
    first.release()
    second.hold(1_000)
    second.release()
    second.release()
    assert arriving.held_bytes == 0


def test_small_bodies_are_always_taken_and_one_alone_may_be_of_any_size():
    arriving = Arriving(1_000, 10)
    large, small = arriving.begin(), arriving.begin()
    large.hold(5_000)
    small.hold(10)
    assert arriving.held_bytes == 5_000
    with pytest.raises(ArrivingFullError):
        small.hold(11)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused_unread_while_others_are_arriving(start, record, chunked):
    large = post([record] * 1_000)
    head, blank, body = large.partition(b"\r\n\r\n")
    if chunked:
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        head = b"\r\n".join([*lines, b"Transfer-Encoding: chunked"])
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    large = head + blank + body

    async def both(app):
        (first, first_wire), (second, second_wire) = connect(app), connect(app)
        first.data_received(large[:200_000])
        for _ in range(10):  # until the first is being read
            await asyncio.sleep(0)
        second.data_received(large[: 200_000 if chunked else len(head + blank)])
        ((refused, headers, problem),) = await asyncio.wait_for(answers(second_wire, 1), 10)
        third, third_wire = connect(app)
        third.data_received(post([record]))
        ((small, _, _),) = await asyncio.wait_for(answers(third_wire, 1), 10)
        first.data_received(large[200_000:])
        ((taken, _, _),) = await asyncio.wait_for(answers(first_wire, 1), 10)
        last, last_wire = connect(app)
        last.data_received(large)
        ((again, _, _),) = await asyncio.wait_for(answers(last_wire, 1), 10)
        for connection in (first, second, third, last):
            connection.connection_lost(None)
        return refused, headers["retry-after"], problem["detail"], small, taken, again

    with start(max_inflight_bytes=len(large) + 1_000) as client:
        client.await_loaded()
        refused, retry_s, detail, small, taken, again = client.run(both(client.app))
    assert (refused, retry_s, small, taken, again) == (429, "1", 200, 200, 200)
    assert "bytes are arriving, of at most" in detail
