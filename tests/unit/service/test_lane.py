import asyncio
import os
import sys
import threading
from types import SimpleNamespace

import pytest

from service.lane import _NICE, Lane, LaneFullError


@pytest.fixture
def lane():
    made = Lane("test", limit_bytes=100, limit_s=60)
    yield made
    made.close()


def test_work_is_done_in_another_thread_and_its_result_comes_back(lane):
    assert asyncio.run(lane.run(1, lambda: threading.current_thread().name)).startswith("test")


def test_what_work_raises_is_raised(lane):
    with pytest.raises(ZeroDivisionError):
        asyncio.run(lane.run(1, lambda: 1 / 0))


def test_beyond_its_bytes_nothing_is_taken_and_what_was_taken_is_done(lane):
    async def crowd():
        open_the_gate = threading.Event()
        first = asyncio.create_task(lane.run(60, open_the_gate.wait))
        second = asyncio.create_task(lane.run(40, lambda: 2))
        await asyncio.sleep(0)
        with pytest.raises(LaneFullError, match="100 bytes wait already, of at most 100"):
            await lane.run(1, lambda: 3)
        open_the_gate.set()
        return await first, await second, await lane.run(1, lambda: 3)

    assert asyncio.run(crowd()) == (True, 2, 3)


def test_what_comes_to_an_empty_lane_is_taken_however_large(lane):
    assert asyncio.run(lane.run(1_000, lambda: 1)) == 1
    assert asyncio.run(lane.run(1_000, lambda: 2)) == 2


def test_a_caller_who_leaves_still_counts_until_the_work_is_done(lane):
    async def leave():
        open_the_gate = threading.Event()
        blocking = asyncio.create_task(lane.run(90, open_the_gate.wait))
        await asyncio.sleep(0)
        blocking.cancel()
        await asyncio.gather(blocking, return_exceptions=True)
        open_the_gate.set()
        await lane.run(0, lambda: None)  # in order: when it is done, so is what came before
        return await lane.run(20, lambda: "free")

    assert asyncio.run(leave()) == "free"


def test_when_the_first_has_waited_for_too_long_nothing_more_is_taken():
    async def wait(lane):
        open_the_gate = threading.Event()
        first = asyncio.create_task(lane.run(1, open_the_gate.wait))
        await asyncio.sleep(0.05)
        with pytest.raises(LaneFullError, match=r"the first has waited for 0\.\d+ s, of at most 0\.001 s"):
            await lane.run(1, lambda: 2)
        open_the_gate.set()
        return await first, await lane.run(1, lambda: 2)

    lane = Lane("test", limit_bytes=100, limit_s=0.001)
    assert asyncio.run(wait(lane)) == (True, 2)
    lane.close()


def test_work_gives_way_only_while_the_loop_has_something_to_do(monkeypatch):
    clock_s, pauses, turns = [100.0], [], [0]
    monkeypatch.setattr("service.lane.time", SimpleNamespace(perf_counter=lambda: clock_s[0], sleep=pauses.append))
    lane = Lane("test", limit_bytes=100, limit_s=60, turns=lambda: turns[0])
    lane.give_way()
    assert not pauses
    turns[0] += 1
    lane.give_way()
    lane.give_way()  # the loop did nothing meanwhile, but may have been kept from it
    assert len(pauses) == 2
    clock_s[0] += 1
    lane.give_way()
    assert len(pauses) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of single threads are Linux's")
def test_the_thread_stands_back_for_the_loop(lane):
    def priority():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert asyncio.run(lane.run(1, priority)) == min(priority() + _NICE, 19)
