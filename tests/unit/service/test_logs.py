"""The log as a thing of its own."""

import asyncio
import json
import logging

import pytest

from service.logs import JsonHandler, Log


def test_lines_are_gathered_and_written_a_moment_later():
    written = []
    log = Log("info", written.append)

    async def work():
        log.event("info", "one")
        log.event("info", "two", number=2)
        assert written == []
        await asyncio.sleep(0.3)

    asyncio.run(work())
    assert len(written) == 1
    assert [json.loads(line)["event"] for line in written[0].splitlines()] == ["one", "two"]
    log.close()


def test_an_error_is_written_at_once():
    written = []
    log = Log("info", written.append)

    async def work():
        log.event("error", "failure")
        assert len(written) == 1

    asyncio.run(work())
    log.close()


def test_many_lines_are_not_gathered_for_ever():
    written = []
    log = Log("info", written.append)

    async def work():
        for _ in range(1100):
            log.event("info", "one")
        assert len(written) == 2

    asyncio.run(work())
    log.close()
    assert sum(text.count("\n") for text in written) == 1100


def test_what_is_below_the_level_is_not_logged():
    written = []
    log = Log("warning", written.append)
    log.event("info", "one")
    log.event("warning", "two")
    log.close()
    assert [json.loads(line)["event"] for line in written] == ["two"]


def test_what_libraries_log_becomes_a_line_without_the_values_of_exceptions():
    written = []
    log = Log("info", written.append)
    handler = JsonHandler(log)
    logger = logging.Logger("uvicorn.error")  # noqa: LOG001  one of its own, so that no other test sees it
    logger.addHandler(handler)
    try:
        int("Jane-Doe-4711")
    except ValueError:
        logger.exception("Exception in ASGI application\n")
    line = json.loads(written[0])
    assert (line["level"], line["logger"], line["exception"]) == ("error", "uvicorn.error", "ValueError")
    assert "Jane-Doe" not in written[0]
    log.close()


def test_nobody_reading_the_log_does_no_harm(monkeypatch):
    class Closed:
        def write(self, text):
            raise BrokenPipeError

    log = Log("info")
    monkeypatch.setattr("sys.stdout", Closed())
    log.event("error", "one")
    log.close()


def test_lines_that_nobody_takes_are_counted_and_told_once_they_flow_again():
    written, room = [], [1]

    def write(text):
        lines = text.splitlines()
        written.extend(lines[: room[0]])
        return max(len(lines) - room[0], 0)

    log = Log("info", write)
    log.event("info", "one")
    room[0] = 0
    log.event("info", "two")
    log.event("info", "three")
    room[0] = 9
    log.event("info", "four")
    log.event("info", "five")
    log.close()
    told = [json.loads(line) for line in written]
    assert [line["event"] for line in told] == ["one", "log_lines_dropped", "four", "five"]
    assert told[1]["lines"] == 2


def test_what_was_dropped_at_the_end_is_told_when_the_log_is_closed():
    written = []
    answers = iter([1, 0])

    def write(text):
        written.append(text)
        return next(answers)

    log = Log("info", write)
    log.event("info", "one")
    log.close()
    assert json.loads(written[1])["lines"] == 1


@pytest.mark.parametrize("message", ["x" * 100_000, '"\\' * 10_000, "é" * 10_000])
def test_a_line_is_never_longer_than_a_pipe_takes_in_one_piece(message):
    written = []
    log = Log("info", written.append)
    log.event("error", "library", message=message)
    assert len(written[0].encode()) <= 4096
    assert json.loads(written[0])["cut"].startswith('"message":"')
    log.close()
