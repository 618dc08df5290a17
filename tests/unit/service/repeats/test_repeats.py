"""What is answered again, refused and forgotten, as one process sees it."""

import random
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.repeats import Claim, OtherBodyError, Region, Repeats, StillAnsweredError
from service.repeats.region import HEAD_BYTES
from service.reply import Reply
from tests.examples import examples

REPLY = Reply(201, b'{"probability":0.5}', b"application/json", [(b"vary", b"accept"), (b"vary", b"x")])
LIFETIME_S = 100.0


def digest(value):
    return sha256(str(value).encode()).digest()


KEY, ASKED = digest("key"), digest("asked")


class Clock:
    def __init__(self):
        self.now_s = 5_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def repeats(clock):
    return Repeats(Region(65_536), LIFETIME_S, clock)


def keep(repeats, key=KEY, asked=ASKED, reply=REPLY):
    with repeats.begin(key, asked) as claim:
        return claim.keep(reply)


def test_the_same_again_has_the_same_answer(repeats):
    assert keep(repeats)
    assert repeats.begin(KEY, ASKED) == REPLY
    assert repeats.begin(KEY, ASKED) == REPLY


def test_another_key_is_new_though_its_body_is_the_same(repeats):
    keep(repeats)
    assert isinstance(repeats.begin(digest("other"), ASKED), Claim)


def test_another_body_with_the_same_key_is_refused(repeats):
    keep(repeats)
    with pytest.raises(OtherBodyError, match="each body needs a key of its own"):
        repeats.begin(KEY, digest("other"))
    assert repeats.begin(KEY, ASKED) == REPLY


def test_another_body_is_refused_while_the_first_is_being_answered_too(repeats):
    with repeats.begin(KEY, ASKED), pytest.raises(OtherBodyError):
        repeats.begin(KEY, digest("other"))


def test_the_same_is_refused_while_it_is_being_answered(repeats):
    with repeats.begin(KEY, ASKED) as claim:
        with pytest.raises(StillAnsweredError, match="is being answered"):
            repeats.begin(KEY, ASKED)
        claim.keep(REPLY)
        assert repeats.begin(KEY, ASKED) == REPLY


def test_what_was_dropped_is_new_with_whatever_body(repeats):
    repeats.begin(KEY, ASKED).drop()
    assert keep(repeats, asked=digest("other"))
    assert repeats.begin(KEY, digest("other")) == REPLY


def test_an_error_meanwhile_drops_the_claim(repeats):
    with pytest.raises(ZeroDivisionError), repeats.begin(KEY, ASKED):
        _ = 1 / 0
    assert isinstance(repeats.begin(KEY, ASKED), Claim)


def test_a_claim_that_is_over_changes_nothing(repeats):
    claim = repeats.begin(KEY, ASKED)
    claim.drop()
    again = repeats.begin(KEY, ASKED)  # at the same place, and at the same time
    claim.drop()
    assert not claim.keep(REPLY)
    with pytest.raises(StillAnsweredError):
        repeats.begin(KEY, ASKED)
    assert again.keep(REPLY)
    assert not again.keep(Reply(500, b""))
    assert repeats.begin(KEY, ASKED) == REPLY


def test_an_answer_lives_as_long_as_it_is_told_to(repeats, clock):
    claim = repeats.begin(KEY, ASKED)
    clock.now_s += 50
    claim.keep(REPLY)
    clock.now_s += LIFETIME_S - 0.001
    assert repeats.begin(KEY, ASKED) == REPLY
    clock.now_s += 0.001
    assert keep(repeats, asked=digest("other"))


def test_a_claim_lives_no_longer_than_an_answer(repeats, clock):
    old = repeats.begin(KEY, ASKED)
    clock.now_s += LIFETIME_S
    new = repeats.begin(KEY, ASKED)
    assert not old.keep(Reply(200, b"old"))
    assert new.keep(REPLY)
    assert repeats.begin(KEY, ASKED) == REPLY


def test_what_would_be_of_a_later_time_counts_for_nothing(repeats, clock):
    keep(repeats)
    clock.now_s -= 0.001
    assert keep(repeats, asked=digest("other"))
    assert repeats.begin(KEY, digest("other")) == REPLY


@pytest.mark.parametrize("set_s", [0.0, 4e9])
def test_nobody_who_sets_the_clock_changes_how_long_an_answer_lives(monkeypatch, set_s):
    repeats = Repeats(Region(65_536))
    keep(repeats)
    monkeypatch.setattr("time.time", lambda: set_s)
    monkeypatch.setattr("time.time_ns", lambda: int(set_s * 1e9))
    assert repeats.begin(KEY, ASKED) == REPLY


@pytest.mark.parametrize("over", [0, 1])
def test_an_answer_of_more_than_a_quarter_of_the_ring_is_not_kept(repeats, over):
    overhead_bytes = 4 + 4 * 2 + len(REPLY.content_type)  # without headers
    reply = Reply(200, b"x" * (repeats.largest_bytes - overhead_bytes + over))
    assert repeats.begin(KEY, ASKED).keep(reply) == (not over)
    if over:
        assert isinstance(repeats.begin(KEY, ASKED), Claim)
    else:
        assert repeats.begin(KEY, ASKED) == reply


def test_large_answers_push_out_the_oldest(repeats):
    replies = [Reply(200, bytes([n]) * (repeats.largest_bytes - 100)) for n in range(7)]
    for n, reply in enumerate(replies):
        keep(repeats, digest(n), reply=reply)
    assert [repeats.begin(digest(n), ASKED) for n in range(3, 7)] == replies[3:]
    assert [isinstance(repeats.begin(digest(n), ASKED), Claim) for n in range(3)] == [True] * 3


def test_of_the_keys_that_share_their_places_the_oldest_is_forgotten(repeats, clock):
    keys = [bytes(8) + digest(n)[8:] for n in range(9)]
    for key in keys:
        clock.now_s += 1
        keep(repeats, key)
    assert [repeats.begin(key, ASKED) for key in keys[1:]] == [REPLY] * 8
    assert isinstance(repeats.begin(keys[0], ASKED), Claim)


def test_what_is_over_makes_room_before_what_lives(repeats, clock):
    keys = [bytes(8) + digest(n)[8:] for n in range(9)]
    for key in keys[:7]:
        clock.now_s += 1
        keep(repeats, key)
    repeats.begin(keys[7], ASKED).drop()
    keep(repeats, keys[8])
    assert [repeats.begin(keys[n], ASKED) for n in (*range(7), 8)] == [REPLY] * 8


def test_the_answer_to_a_forgotten_claim_is_not_kept(repeats, clock):
    keys = [bytes(8) + digest(n)[8:] for n in range(9)]
    claim = repeats.begin(keys[0], ASKED)
    for key in keys[1:]:
        clock.now_s += 1
        keep(repeats, key)
    assert not claim.keep(Reply(200, b"late"))
    claim.drop()
    assert [repeats.begin(key, ASKED) for key in keys[1:]] == [REPLY] * 8


def test_only_digests_of_keys_and_bodies_are_in_the_memory(repeats):
    keep(repeats, digest("a key in the clear"), digest("a body in the clear"))
    memory = repeats.region.memory[:]
    assert b"in the clear" not in memory
    assert digest("a key in the clear") in memory


def test_damage_is_never_another_ones_answer_nor_an_error(repeats):
    chance = random.Random(3)  # noqa: S311  no secret
    keep(repeats)
    size = repeats.region.size_bytes
    for _ in range(50):
        repeats.region.memory[HEAD_BYTES:size] = chance.randbytes(size - HEAD_BYTES)
        keys = [chance.randbytes(32) for _ in range(20)]
        replies = [Reply(200, key) for key in keys]
        assert all(isinstance(repeats.begin(key, ASKED), Claim) for key in keys)
        keys = [chance.randbytes(32) for _ in range(20)]
        for key, reply in zip(keys, replies, strict=True):
            kept = keep(repeats, key, reply=reply)
            assert kept
            assert repeats.begin(key, ASKED) == reply


# --- against a plain model --------------------------------------------------------------------------

KEYS = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), KEYS, st.integers(0, 1)),
        st.tuples(st.just("keep"), KEYS, st.integers(0, 700)),
        st.tuples(st.just("drop"), KEYS, st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 60), st.just(0)),
    ),
    max_size=80,
)


class Model:
    """What two workers were told, in dicts; nothing in it is ever forgotten but by its age."""

    def __init__(self, size_bytes):
        self.clock = Clock()
        self.region = Region(size_bytes)
        self.workers = [Repeats(self.region, LIFETIME_S, self.clock) for _ in range(2)]
        self.claims, self.known, self.forgotten, self.kept = {}, {}, 0, 0

    def run(self, steps):
        for turn, (step, *numbers) in enumerate(steps):
            getattr(self, step)(*numbers, turn)

    def begin(self, key, asked, turn):
        expected = self.known.get(key)
        if expected is not None and self.clock.now_s - expected[0] >= LIFETIME_S:
            expected = None
        found = self.outcome(self.workers[turn % 2], key, asked)
        if isinstance(found, Claim):
            self.forgotten += expected is not None
            self.claims[key] = found, asked
            self.known[key] = self.clock.now_s, asked, StillAnsweredError
        else:
            assert expected is not None
            assert found == (expected[2] if expected[1] == asked else OtherBodyError)

    def outcome(self, worker, key, asked):
        try:
            return worker.begin(digest(key), digest(asked))
        except (OtherBodyError, StillAnsweredError) as error:
            return type(error)

    def keep(self, key, size, turn):
        if key in self.claims:
            claim, asked = self.claims.pop(key)
            reply = Reply(200, bytes([turn]) * size)
            if claim.keep(reply):
                self.kept += 1
                self.known[key] = self.clock.now_s, asked, reply
            else:
                self.forgotten += 1
                self.known.pop(key)

    def drop(self, key, *_):
        if key in self.claims:
            self.claims.pop(key)[0].drop()
            self.known.pop(key)

    def wait(self, seconds, *_):
        self.clock.now_s += seconds


@settings(max_examples=examples(200))
@given(STEPS)
def test_with_room_for_all_nothing_is_forgotten(steps):
    model = Model(1_000_000)
    model.run(steps)
    assert model.forgotten == 0


@settings(max_examples=examples(200))
@given(STEPS)
def test_without_room_things_are_forgotten_and_never_mistaken(steps):
    Model(4_096).run(steps)


def test_the_model_without_room_forgets_and_keeps():
    chance = random.Random(8)  # noqa: S311  no secret
    model = Model(4_096)
    for turn in range(2_000):
        model.begin(chance.randrange(12), 0, turn % 200)
        model.keep(chance.randrange(12), chance.randrange(700), turn % 200)
    assert model.forgotten > 100
    assert model.kept > 100
