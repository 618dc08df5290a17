"""When the provider is asked, and what stays in force when it does not answer."""

import asyncio
import threading

import pytest

from churn.errors import BadInput
from service.keys.tokens.provider import Provider
from service.logs import Log
from tests.providers import SigningKey

FIRST, SECOND = ({name: SigningKey(name).public()} for name in ("first", "second"))


class Clock:
    now_s = 1_000.0

    def __call__(self):
        return self.now_s


class Source:
    """Gives keys, or raises; counts how often it was asked."""

    def __init__(self):
        self.asked, self.gives = 0, FIRST

    def __call__(self):
        self.asked += 1
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


@pytest.fixture
def made():
    """A provider, what it asks, its clock and its log."""
    source, clock, lines = Source(), Clock(), []
    return Provider(source, Log("info", lines.append), clock), source, clock, lines


def said(provider, lines):
    provider._log.flush()
    return "".join(lines).splitlines()


def test_it_is_asked_at_most_every_ten_seconds(made):
    provider, source, clock, _ = made

    async def run():
        await provider.refresh()
        assert provider.keys == FIRST
        source.gives = SECOND
        for _ in range(100):
            await provider.refresh()
        clock.now_s += 9.9
        await provider.refresh()
        assert (source.asked, provider.keys) == (1, FIRST)
        clock.now_s += 0.2
        await asyncio.gather(*(provider.refresh() for _ in range(100)))
        assert (source.asked, provider.keys) == (2, SECOND)

    asyncio.run(run())


def test_the_same_keys_do_not_replace_each_other(made):
    provider, source, clock, lines = made

    async def run():
        await provider.refresh()
        before = provider.keys
        source.gives = dict(FIRST)
        clock.now_s += 300
        await provider.refresh()
        assert provider.keys is before
        assert source.asked == 2

    asyncio.run(run())
    assert len(said(provider, lines)) == 1


def test_a_provider_that_is_down_leaves_the_keys_and_is_told_once_a_change(made):
    provider, source, clock, lines = made

    async def ask(gives, times=3):
        source.gives = gives
        for _ in range(times):
            clock.now_s += 10
            await provider.refresh()

    async def run():
        await ask(BadInput("It is down."))
        assert provider.keys is None
        await ask(FIRST)
        await ask(BadInput("It is down."))
        await ask(BadInput("It answers nonsense."))
        assert provider.keys == FIRST
        await ask(FIRST)
        await ask(ZeroDivisionError(), times=1)
        assert provider.keys == FIRST

    asyncio.run(run())
    told = said(provider, lines)
    expected = ["Until then no token", '"keys":1', "The keys stay as they were", "nonsense", '"keys":1', "ZeroDivision"]
    assert len(told) == len(expected)
    for line, part in zip(told, expected, strict=True):
        assert part in line


def test_it_is_asked_at_the_start_and_a_stop_waits_for_nothing():
    asked, answered = threading.Event(), threading.Event()

    def load():
        asked.set()
        answered.wait(30)
        return FIRST

    provider = Provider(load, Log("error", print))

    async def run():
        async with provider.watching():
            while not asked.is_set():  # noqa: ASYNC110  a thread tells
                await asyncio.sleep(0.001)

    asyncio.run(run())  # comes to its end while the thread is still waiting
    assert not answered.is_set()
    assert provider.keys is None
    answered.set()


def test_a_request_waits_for_a_while_and_not_for_ever(monkeypatch):
    monkeypatch.setattr("service.keys.tokens.provider.PATIENCE_S", 0.01)
    answered = threading.Event()
    provider = Provider(lambda: FIRST if answered.wait(30) else {}, Log("error", print))

    async def run():
        await provider.refresh()
        assert provider.keys is None
        answered.set()
        await asyncio.wait({provider._asking})
        assert provider.keys == FIRST

    asyncio.run(run())
