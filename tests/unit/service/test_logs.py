"""The log as a thing of its own."""

import asyncio
import json
import logging

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
