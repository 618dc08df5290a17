"""The names of these tests are what micro-batching promises; it knows no model, so numbers and texts will do."""

import asyncio
import time

import pytest

from service.batching import Batcher, QueueFullError


class Doubling:
    """Work that doubles numbers and remembers with whom; a negative number is an error."""

    def __init__(self):
        self.calls = []

    def __call__(self, items):
        self.calls.append(list(items))
        if min(items) < 0:
            raise ValueError(min(items))
        return [2 * item for item in items]


@pytest.fixture
def work():
    return Doubling()


def run(coroutine):
    return asyncio.run(coroutine)


def submit(batcher, item, rows=1):
    future = asyncio.get_running_loop().create_future()
    batcher.submit(item, rows, future)
    return future


async def together(batcher, items, rows=1):
    async def one(item):
        return await submit(batcher, item, rows)

    return await asyncio.gather(*map(one, items), return_exceptions=True)


def test_what_arrives_together_is_worked_on_together_and_each_gets_their_own(work):
    batcher = Batcher(work, 100, 100, 60)
    assert run(together(batcher, [1, 2, 3])) == [2, 4, 6]
    assert work.calls == [[1, 2, 3]]


def test_what_arrives_alone_waits_for_nobody(work):
    async def one_after_the_other():
        batcher = Batcher(work, 100, 100, 60)
        return [await submit(batcher, item) for item in (1, 2)]

    assert run(one_after_the_other()) == [2, 4]
    assert work.calls == [[1], [2]]


def test_no_more_rows_are_worked_on_at_once_than_allowed_and_all_are_worked_on_in_order(work):
    assert run(together(Batcher(work, 10, 100, 60), [1, 2, 3, 4, 5], rows=4)) == [2, 4, 6, 8, 10]
    assert work.calls == [[1, 2], [3, 4], [5]]


def test_an_item_larger_than_that_is_worked_on_alone(work):
    assert run(together(Batcher(work, 10, 1_000, 60), [1, 2], rows=50)) == [2, 4]
    assert work.calls == [[1], [2]]


def test_between_two_batches_the_loop_gets_to_do_other_things(work):
    async def look():
        batcher = Batcher(work, 1, 100, 60)
        seen = []

        async def watch():
            while len(work.calls) < 3:
                seen.append(len(work.calls))
                await asyncio.sleep(0)

        await asyncio.gather(together(batcher, [1, 2, 3]), watch())
        return seen

    assert {1, 2} <= set(run(look()))


def test_an_error_stays_with_the_item_that_made_it(work):
    good, bad, other = run(together(Batcher(work, 100, 100, 60), [1, -2, 3]))
    assert (good, other) == (2, 6)
    assert isinstance(bad, ValueError)
    assert work.calls == [[1, -2, 3], [1], [-2], [3]]


def test_a_full_queue_refuses_at_once_and_keeps_what_it_has(work):
    found = run(together(Batcher(work, 100, 10, 60), [1, 2, 3, 4], rows=5))
    assert found[:2] == [2, 4]
    assert all(isinstance(one, QueueFullError) for one in found[2:])
    assert "10 records wait already, of at most 10" in str(found[3])


def test_an_empty_queue_takes_whatever_comes(work):
    batcher = Batcher(work, 100, 10, 60)
    assert run(together(batcher, [1], rows=50)) == [2]
    assert run(together(batcher, [2], rows=50)) == [4]


def test_there_is_room_again_when_work_is_done(work):
    async def twice():
        batcher = Batcher(work, 100, 10, 60)
        return await together(batcher, [1, 2], rows=5) + await together(batcher, [3, 4], rows=5)

    assert run(twice()) == [2, 4, 6, 8]


def test_a_caller_who_leaves_disturbs_nobody_and_is_not_worked_for(work):
    async def leave():
        batcher = Batcher(work, 100, 100, 60)
        stays, leaves, too = (submit(batcher, item) for item in (1, 2, 3))
        leaves.cancel()
        return await asyncio.gather(stays, too)

    assert run(leave()) == [2, 6]
    assert work.calls == [[1, 3]]


def test_when_all_have_left_nothing_is_done(work):
    async def leave():
        batcher = Batcher(work, 100, 100, 60)
        submit(batcher, 1).cancel()
        await asyncio.sleep(0)
        return await submit(batcher, 2)

    assert run(leave()) == 4
    assert work.calls == [[2]]


def test_what_was_submitted_while_work_was_done_is_next():
    async def nested():
        later = []

        def work(items):
            if items == ["first"]:
                later.append(submit(batcher, "second"))
            return [item.upper() for item in items]

        batcher = Batcher(work, 100, 100, 60)
        return [await submit(batcher, "first"), await later[0]]

    assert run(nested()) == ["FIRST", "SECOND"]


def test_after_a_round_of_one_the_next_is_worked_on_at_once_and_what_follows_waits(work):
    async def one_then_three():
        batcher = Batcher(work, 100, 100, 60)
        await submit(batcher, 1)
        at_once, *later = (submit(batcher, item) for item in (2, 3, 4))
        told = at_once.done(), [future.done() for future in later]
        return told, at_once.result(), await asyncio.gather(*later)

    assert run(one_then_three()) == ((True, [False, False]), 4, [6, 8])
    assert work.calls == [[1], [2], [3, 4]]


def test_after_a_round_of_several_the_first_waits_for_the_others(work):
    async def two_rounds():
        batcher = Batcher(work, 100, 100, 60)
        return await together(batcher, [1, 2]) + await together(batcher, [3, 4])

    assert run(two_rounds()) == [2, 4, 6, 8]
    assert work.calls == [[1, 2], [3, 4]]


def test_when_the_first_has_waited_for_too_long_nothing_more_is_taken(work):
    async def wait():
        batcher = Batcher(work, 100, 100, 0.001)
        first = submit(batcher, 1)
        time.sleep(0.01)  # noqa: ASYNC251  the loop is kept from coming round
        with pytest.raises(QueueFullError, match=r"the first has waited for 0\.\d+ s, of at most 0.001 s"):
            submit(batcher, 2)
        return await first, await submit(batcher, 3)

    assert run(wait()) == (2, 6)


def test_when_all_have_been_told_it_says_so(work):
    async def see():
        told = []
        batcher = Batcher(work, 10, 100, 60, lambda: told.append([future.done() for future in futures]))
        futures = [submit(batcher, item, 4) for item in (1, 2, 3)]
        await asyncio.gather(*futures)
        return told

    assert run(see()) == [[True, True, False], [True, True, True]]
