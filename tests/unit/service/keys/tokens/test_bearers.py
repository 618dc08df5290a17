"""What is remembered of tokens, for how long and of how many."""

import pytest

from service.keys.tokens import bearers as room
from service.keys.tokens.bearers import Bearers
from service.keys.tokens.judge import Judge
from service.keys.tokens.refusals import UnknownKey
from service.problems import Refusal
from tests.providers import AUDIENCE, SigningKey, claims

ISSUER = "https://id.example.com"
KEY = SigningKey()


class Known:
    """Stands in for the provider."""

    def __init__(self, keys):
        self.keys, self.wait_s = keys, 0.0


class Counting(Judge):
    """Counts what it verifies."""

    verified = 0

    def bearer(self, token, key):
        self.verified += 1
        return super().bearer(token, key)


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def judge():
    return Counting(ISSUER, AUDIENCE, "RS256")


@pytest.fixture
def provider():
    return Known({"first": KEY.public()})


def token(**changes):
    return KEY.sign(claims(ISSUER, **changes)).encode()


def test_a_token_is_verified_once(judge, provider):
    bearers, sent = Bearers(provider, judge), token()
    first = bearers.caller(sent)
    assert [bearers.caller(sent) for _ in range(50)] == [first] * 50
    assert (judge.verified, first.name, first.may("predict"), first.may("metrics")) == (1, "crm", True, False)
    assert sent not in str(bearers._known).encode()


def test_a_token_is_known_until_it_expires(judge, provider):
    clock = Clock()
    bearers, sent = Bearers(provider, judge, now_s=clock), token(exp=(end_s := claims(ISSUER)["exp"]))
    clock.now_s = end_s + 59
    bearers.caller(sent)
    bearers.caller(sent)
    assert judge.verified == 1
    clock.now_s = end_s + 60
    bearers.caller(sent)
    assert judge.verified == 2


def test_what_is_remembered_is_bounded(judge, provider, monkeypatch):
    monkeypatch.setattr(room, "MOST_KNOWN", 5)
    bearers = Bearers(provider, judge)
    sent = [token(sub=f"caller-{number}") for number in range(8)]
    for each in sent:
        bearers.caller(each)
    assert len(bearers._known) == 5
    bearers.caller(sent[-1])
    assert judge.verified == 8
    bearers.caller(sent[0])
    assert judge.verified == 9


def test_a_token_does_not_outlive_its_key(judge, provider):
    bearers, sent = Bearers(provider, judge), token()
    bearers.caller(sent)
    provider.keys = {"second": SigningKey("second").public()}
    with pytest.raises(UnknownKey) as refused:
        bearers.caller(sent)
    assert refused.value.kind == "unauthorized"
    provider.keys = {"first": SigningKey().public()}  # another key by the same name
    with pytest.raises(Refusal, match="signature"):
        bearers.caller(sent)


def test_before_there_are_keys_the_answer_is_to_come_again(judge):
    provider = Known(None)
    provider.wait_s = 7.2
    with pytest.raises(UnknownKey) as refused:
        Bearers(provider, judge).caller(token())
    assert (refused.value.kind, refused.value.headers) == ("not-ready", {"Retry-After": "8"})


def test_a_token_without_a_name_of_its_key_is_of_the_one_without_a_name(judge, provider):
    bearers, sent = Bearers(provider, judge), KEY.sign(claims(ISSUER), kid=...).encode()
    with pytest.raises(UnknownKey, match="does not name its key"):
        bearers.caller(sent)
    provider.keys = {None: KEY.public(), "other": SigningKey().public()}
    assert bearers.caller(sent).name == "crm"


@pytest.mark.parametrize("kid", ["../../etc/passwd", "file:///dev/zero", "", "first' OR 1=1", "k" * 5_000])
def test_the_name_of_a_key_is_looked_up_and_nothing_else(judge, provider, kid):
    with pytest.raises(UnknownKey) as refused:
        Bearers(provider, judge).caller(KEY.sign(claims(ISSUER), kid=kid).encode())
    assert not kid or kid not in refused.value.detail


@pytest.mark.parametrize("length_bytes", [8 * 1024 + 1, 1024 * 1024])
def test_a_token_that_is_too_long_is_not_even_hashed(judge, provider, monkeypatch, length_bytes):
    monkeypatch.setattr(room, "digest_of", None)
    with pytest.raises(Refusal, match="more than the 8,192 bytes"):
        Bearers(provider, judge).caller(b"a.b." + b"c" * length_bytes)


def test_all_tokens_of_a_subject_share_its_rows(judge, provider):
    bearers = Bearers(provider, judge, rate_rows=10)
    one, again, other = (bearers.caller(token(**said)) for said in ({}, {"scope": "admin"}, {"sub": "another"}))
    program = bearers.caller(token(sub=..., client_id="crm"))
    assert one.bucket is again.bucket
    assert len({id(each.bucket) for each in (one, other, program)}) == 3
    assert one.bucket.rows_a_minute == 10
    assert Bearers(provider, judge).caller(token()).bucket is None


def test_the_number_of_buckets_is_bounded(judge, provider, monkeypatch):
    monkeypatch.setattr(room, "MOST_BUCKETS", 3)
    bearers = Bearers(provider, judge, rate_rows=10)
    kept = bearers.caller(token(sub="kept")).bucket
    for number in range(9):
        bearers.caller(token(sub=f"caller-{number}"))
        assert bearers.caller(token(sub="kept", jti=str(number))).bucket is kept
    assert len(bearers._buckets) == 3
