"""What happens between processes: ``python -m tests.unit.service.repeats.forked SCENARIO`` asserts it.

A process of its own, for who forks should have one thread, and pytest's may have more.
"""

import fcntl
import mmap
import os
import signal
import sys
from contextlib import contextmanager
from hashlib import sha256

from service.repeats import Claim, OtherBodyError, Region, Repeats, StillAnsweredError
from service.reply import Reply

PATIENCE_S = 60
REPLY = Reply(200, b'{"probability":0.5}', headers=[(b"vary", b"accept")])


def digest(value):
    return sha256(str(value).encode()).digest()


KEY, ASKED = digest("key"), digest("asked")


def outcome(repeats, key=KEY, asked=ASKED):
    try:
        return repeats.begin(key, asked)
    except (OtherBodyError, StillAnsweredError) as error:
        return type(error)


def forked(work):
    """Run ``work`` in a child; return its process id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        signal.alarm(PATIENCE_S)
        try:
            work()
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    return pid


def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@contextmanager
def held(work):
    """Have a child that has done ``work`` and then waits to be killed, with what it did not let go of."""
    read, write = os.pipe()

    def work_and_wait():
        _kept = work()
        os.write(write, b"done")
        while True:
            signal.pause()

    pid = forked(work_and_wait)
    os.close(write)
    assert os.read(read, 4) == b"done"
    os.close(read)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        assert ended(pid) == -signal.SIGKILL


def what_one_process_keeps_another_answers():
    region = Region(65_536)

    def keep():
        assert Repeats(region).begin(KEY, ASKED).keep(REPLY)

    assert ended(forked(keep)) == 0
    repeats = Repeats(region)
    assert outcome(repeats) == REPLY
    assert outcome(repeats, asked=digest("other")) is OtherBodyError

    def ask():
        assert outcome(repeats) == REPLY

    assert ended(forked(ask)) == 0


def a_claim_holds_while_its_process_lives_and_not_after_a_kill():
    region = Region(65_536)
    repeats = Repeats(region)
    assert isinstance(outcome(repeats, digest("mine")), Claim)
    with held(lambda: repeats.begin(KEY, ASKED)):
        for _ in range(3):  # to look must not let go of it
            assert outcome(repeats) is StillAnsweredError
            assert outcome(repeats, asked=digest("other")) is OtherBodyError
    claim = outcome(repeats, asked=digest("other"))
    assert isinstance(claim, Claim)
    assert claim.keep(REPLY)
    assert outcome(repeats, asked=digest("other")) == REPLY
    assert outcome(repeats, digest("mine")) is StillAnsweredError


def a_child_that_looks_and_ends_leaves_its_parents_claims_in_force():
    repeats = Repeats(Region(65_536))
    mine = repeats.begin(KEY, ASKED)

    def look():
        assert outcome(repeats) is StillAnsweredError
        assert isinstance(outcome(repeats, digest("childs")), Claim)
        with repeats.region:
            assert repeats.region.number() == 2

    assert ended(forked(look)) == 0
    assert isinstance(outcome(repeats, digest("childs")), Claim)

    def look_again():
        assert outcome(repeats) is StillAnsweredError

    assert ended(forked(look_again)) == 0
    assert mine.keep(REPLY)


def who_finds_that_a_process_has_ended_keeps_it_from_nobody():
    repeats = Repeats(Region(65_536))

    def claim():
        return repeats.begin(KEY, ASKED), repeats.begin(digest("other"), ASKED)

    with held(claim):
        assert outcome(repeats) is StillAnsweredError

    assert isinstance(outcome(repeats), Claim)

    def find():
        assert isinstance(outcome(repeats, digest("other")), Claim)

    assert ended(forked(find)) == 0


def a_number_is_not_given_twice_though_a_process_id_may_be():
    region = Region(65_536)

    def claim_as(pid):
        def work():
            os.getpid = lambda: pid
            assert isinstance(outcome(Repeats(region)), Claim)

        return work

    assert ended(forked(claim_as(77))) == 0
    assert ended(forked(claim_as(77))) == 0
    assert region.numbers[1] == 2


def a_process_that_is_killed_in_its_turn_holds_nothing_up():
    region = Region(65_536)
    with held(region.__enter__):
        assert not gets_turn_at_once(region)
    assert gets_turn_at_once(region)
    assert Repeats(region).begin(KEY, ASKED).keep(REPLY)


def to_ask_who_lives_does_not_pass_the_turn_on():
    region = Region(65_536)

    def look():
        assert not gets_turn_at_once(region)

    with region:
        assert [region.lives(number) for number in (0, 1, 2)] == [False, True, False]
        assert ended(forked(look)) == 0


def gets_turn_at_once(region):
    try:
        fcntl.lockf(region._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
    except OSError:
        return False
    region.__exit__()
    return True


class Dying(mmap.mmap):
    """Memory whose writer is killed at one of its writes, when half of it is done."""

    writes_left = -1

    def __setitem__(self, where, value):
        if Dying.writes_left == 0:
            if isinstance(where, slice):
                half = len(value) // 2
                super().__setitem__(slice(where.start, where.start + half), value[:half])
            os.kill(os.getpid(), signal.SIGKILL)
        Dying.writes_left -= 1
        super().__setitem__(where, value)


def a_process_that_is_killed_in_the_middle_of_a_write_spoils_nothing():
    mmap.mmap = Dying
    for prefix in (bytes(8), None):  # all at the places of one set, or anywhere
        keys = [(prefix or digest(n)[:8]) + digest(n)[8:] for n in range(9)]
        replies = [Reply(200, bytes([n]) * 900) for n in range(9)]
        code, writes = -signal.SIGKILL, 0
        while code:
            code = killed_at(writes, keys, replies)
            writes += 1
        assert writes - 1 == 3 + 5, "three for a claim, five for an answer that goes on at the begin of the ring"


def killed_at(writes, keys, replies):
    region = Region(16_384)
    repeats = Repeats(region)
    for key, reply in zip(keys[:8], replies[:8], strict=True):
        assert repeats.begin(key, ASKED).keep(reply)
    repeats.begin(digest("one more"), ASKED).keep(Reply(200, b"x" * 2_000))
    repeats.begin(digest("and more"), ASKED).keep(Reply(200, b"x" * 2_000))

    def keep():
        Dying.writes_left = writes
        assert repeats.begin(keys[8], ASKED).keep(replies[8])

    code = ended(forked(keep))
    assert code in {0, -signal.SIGKILL}
    there = 0
    for key, reply in zip(keys, replies, strict=True):
        found = outcome(repeats, key)
        if isinstance(found, Reply):
            assert found == reply
            there += 1
        else:
            assert isinstance(found, Claim)
            found.drop()
    assert there >= 4, "what was not overwritten is there"
    assert repeats.begin(digest("next"), ASKED).keep(REPLY)
    assert outcome(repeats, digest("next")) == REPLY
    return code


def processes_that_all_write_at_once_mistake_nothing():
    region = Region(16_384)

    def reply_to(key):
        return Reply(200, digest(key) * (key % 20))

    def work():
        repeats = Repeats(region)
        for turn in range(3_000):
            key = turn * os.getpid() % 97
            found = outcome(repeats, digest(key))
            if isinstance(found, Claim):
                found.keep(reply_to(key))
            else:
                assert found == reply_to(key) or found is StillAnsweredError

    children = [forked(work) for _ in range(3)]
    assert [ended(pid) for pid in children] == [0, 0, 0]


def of_processes_that_ask_the_same_at_once_one_answers():
    region = Region(1 << 20)
    rounds = 300
    read, write = os.pipe()

    def work():
        repeats = Repeats(region)
        for number in range(rounds):
            while (found := outcome(repeats, digest(number))) is StillAnsweredError:
                pass
            if isinstance(found, Claim):
                os.write(write, b"c")
                found.keep(REPLY)

    children = [forked(work) for _ in range(3)]
    assert [ended(pid) for pid in children] == [0, 0, 0]
    os.close(write)
    with os.fdopen(read, "rb") as claims:
        assert len(claims.read()) == rounds


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        what_one_process_keeps_another_answers,
        a_claim_holds_while_its_process_lives_and_not_after_a_kill,
        a_child_that_looks_and_ends_leaves_its_parents_claims_in_force,
        who_finds_that_a_process_has_ended_keeps_it_from_nobody,
        a_number_is_not_given_twice_though_a_process_id_may_be,
        a_process_that_is_killed_in_its_turn_holds_nothing_up,
        to_ask_who_lives_does_not_pass_the_turn_on,
        a_process_that_is_killed_in_the_middle_of_a_write_spoils_nothing,
        processes_that_all_write_at_once_mistake_nothing,
        of_processes_that_ask_the_same_at_once_one_answers,
    )
}

if __name__ == "__main__":
    signal.alarm(PATIENCE_S)
    SCENARIOS[sys.argv[1]]()
