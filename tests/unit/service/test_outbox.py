import asyncio

import pytest

from service.outbox import OneWrite, Outbox


class Wire:
    """A transport that remembers what it was told."""

    def __init__(self):
        self.told = []

    def write(self, data):
        self.told.append(data)

    def close(self):
        self.told.append("close")

    def is_closing(self):
        return "close" in self.told


@pytest.fixture
def wire():
    return Wire()


async def come_round():
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def test_alone_an_answer_is_written_at_once_in_one_piece(wire):
    outbox = Outbox()
    outbox.under_way = {"one"}
    answer = OneWrite(wire, outbox)
    answer.write(b"head ")
    assert wire.told == []
    answer.write(b"body")
    answer.end()
    assert wire.told == [b"head body"]


def test_in_company_answers_leave_together_in_order():
    async def two():
        wires, outbox = [Wire(), Wire()], Outbox()
        outbox.under_way = {"one", "two"}
        for number, wire in enumerate(wires):
            answer = OneWrite(wire, outbox)
            answer.write(b"head ")
            answer.write(b"%d" % number)
        before = [list(wire.told) for wire in wires]
        await come_round()
        return before, [wire.told for wire in wires]

    assert asyncio.run(two()) == ([[], []], [[b"head 0"], [b"head 1"]])


def test_what_follows_on_a_connection_never_overtakes(wire):
    async def in_order():
        outbox = Outbox()
        outbox.under_way = {"one", "two"}
        first = OneWrite(wire, outbox)
        first.write(b"head ")
        first.write(b"first")
        outbox.under_way = {"two"}  # alone from here on, but something waits
        first.write(b", more")
        second = OneWrite(wire, outbox)
        second.write(b"head ")
        second.write(b"second")
        await come_round()

    asyncio.run(in_order())
    assert b"".join(wire.told) == b"head first, morehead second"


def test_a_head_without_a_body_is_sent_at_the_end(wire):
    outbox = Outbox()
    outbox.under_way = {"one"}
    answer = OneWrite(wire, outbox)
    answer.write(b"head")
    answer.end()
    answer.end()
    assert wire.told == [b"head"]


def test_closing_sends_what_was_written_first(wire):
    async def close():
        answer = OneWrite(wire, Outbox())
        answer.write(b"head ")
        answer.write(b"body")
        assert not answer.is_closing()
        answer.close()
        assert answer.is_closing()

    asyncio.run(close())
    assert wire.told == [b"head body", "close"]


def test_one_who_has_hung_up_keeps_nobody_from_their_answer():
    async def two():
        gone, there, outbox = Wire(), Wire(), Outbox()
        for wire in (gone, there):
            answer = OneWrite(wire, outbox)
            answer.write(b"head ")
            answer.write(b"body")
        gone.close()
        await come_round()
        return gone.told, there.told

    assert asyncio.run(two()) == (["close"], [b"head body"])


def test_to_one_who_has_hung_up_nothing_is_written_though_it_is_alone(wire):
    outbox = Outbox()
    outbox.under_way = {"one"}
    answer = OneWrite(wire, outbox)
    answer.write(b"head ")
    wire.close()
    answer.write(b"body")
    assert wire.told == ["close"]


def test_the_caller_who_waits_for_100_continue_gets_it_at_once(wire):
    answer = OneWrite(wire, Outbox())
    answer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert wire.told == [b"HTTP/1.1 100 Continue\r\n\r\n"]
