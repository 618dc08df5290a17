"""Tokens of an identity provider, by the app and by the bytes of a connection."""

import asyncio
import json

import pytest

from service.keys.file import new_key, write_keys
from service.keys.gate import NEEDED
from service.problems import Refusal
from tests.providers import AUDIENCE, DESCRIPTION, SigningKey, claims, providing
from tests.unit.service.conftest import DOORS, JSON

KEY, NEXT = SigningKey(), SigningKey("second")


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture
def provider():
    with providing(KEY) as provider:
        yield provider


@pytest.fixture
def started(start, provider):
    """Starts the service with the provider: ``with started() as client``."""
    return lambda **options: start(
        **{"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE, "keys": None, **options}
    )


@pytest.fixture
def client(started):
    with started() as client:
        client.await_loaded()
        yield client


class Clock:
    now_s = 1_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock(client):
    """The clock of a service that has just asked its provider."""
    clock, asks = Clock(), client.app.edge.gate.bearers.provider

    async def first_answer():
        while asks.keys is None:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.001)

    client.run(asyncio.wait_for(first_answer(), 20))
    asks._now_s, asks._next_s = clock, clock.now_s + 10
    return clock


def bearer(token):
    return {**JSON, "authorization": f"Bearer {token}"}


def sent(provider, key=KEY, **changes):
    return bearer(key.sign(claims(provider.issuer, **changes)))


def test_a_token_is_let_in_for_what_its_scopes_say(client, provider, record):
    text = json.dumps(record)
    assert client.post(text, headers=sent(provider)).status_code == 200
    assert client.post(text, headers=sent(provider)).status_code == 200
    refused = client.post(text, headers=sent(provider, scope="metrics"))
    assert (refused.status_code, refused.json()["type"]) == (403, "/docs#forbidden")
    assert 'error="insufficient_scope", scope="predict"' in refused.headers["www-authenticate"]
    assert client.get("/metrics", headers=sent(provider, scope="", roles=["metrics"])).status_code == 200
    assert client.get("/metrics", headers=sent(provider, scope="", scp=["admin"])).status_code == 200
    assert client.get("/model").status_code == 200


def test_a_token_is_verified_once_whether_it_is_right_or_wrong(client, provider, record, monkeypatch):
    judge, judged = client.app.edge.gate.bearers._judge, []
    verify = judge.bearer
    monkeypatch.setattr(judge, "bearer", lambda token, key: judged.append(token) or verify(token, key))
    text, right, wrong = json.dumps(record), sent(provider), sent(provider, aud="other")
    assert [client.post(text, headers=right).status_code for _ in range(3)] == [200] * 3
    assert len(judged) == 1
    assert client.post(text, headers=wrong).status_code == 401
    assert len(judged) == 2


def test_who_sends_none_is_told_how(client, record):
    answer = client.post(json.dumps(record))
    assert answer.status_code == 401
    assert "Authorization: Bearer TOKEN" in answer.json()["detail"]
    assert answer.headers["www-authenticate"] == 'Bearer realm="churn"'


WRONG = {
    "expired": lambda issuer: KEY.sign(claims(issuer, exp=1)),
    "another audience": lambda issuer: KEY.sign(claims(issuer, aud="other")),
    "another issuer": lambda _: KEY.sign(claims("https://other.example.com")),
    "another's signature": lambda issuer: SigningKey().sign(claims(issuer)),
    "another algorithm": lambda issuer: SigningKey(algorithm="ES256").sign(claims(issuer)),
    "an unknown key": lambda issuer: KEY.sign(claims(issuer), kid="../../first"),
    "no subject": lambda issuer: KEY.sign(claims(issuer, sub=...)),
    "long": lambda _: "a.b." + "c" * 20_000,
    "no parts": lambda _: "secret",
    "a key": lambda _: new_key("x", ["admin"])[0],
}


@pytest.mark.parametrize("made", WRONG.values(), ids=WRONG)
def test_wrong_tokens_are_refused_and_never_sent_back(client, provider, record, made):
    token = made(provider.issuer)
    for _ in range(2):
        answer = client.post(json.dumps(record), headers=bearer(token))
        assert (answer.status_code, answer.json()["type"]) == (401, "/docs#unauthorized")
        assert answer.headers["www-authenticate"].startswith('Bearer realm="churn"')
        assert token not in answer.text + str(answer.headers)
    client.app.edge.gate.tell()
    assert token not in json.dumps(client.log())


def test_a_token_of_a_megabyte_is_refused(client, door, record):
    answer = client.post(json.dumps(record), headers=bearer("a.b." + "c" * 1024 * 1024))
    assert answer.status_code == (401 if door == "app" else 431)  # headers of that size do not come so far


def test_two_headers_that_say_who_asks_are_refused(client, provider, record):
    right = sent(provider)["authorization"]
    for other in (right, "Bearer x.y.z", "Basic Zm9v"):
        for pair in ((right, other), (other, right)):
            headers = [*JSON.items(), *(("authorization", value) for value in pair)]
            answer = client.post(json.dumps(record), headers=headers)
            assert answer.status_code == 401
            assert "twice" in answer.json()["detail"]


def test_a_new_key_counts_at_once_and_its_provider_is_not_hammered(client, provider, clock, record):
    text = json.dumps(record)
    old = sent(provider)
    assert client.post(text, headers=old).status_code == 200
    before = provider.asked["/keys"]
    provider.publish(NEXT)
    for _ in range(20):
        assert client.post(text, headers=sent(provider, NEXT)).status_code == 401
    assert provider.asked["/keys"] == before
    clock.now_s += 10
    assert client.post(text, headers=sent(provider, NEXT)).status_code == 200
    assert client.post(text, headers=old).status_code == 401  # its key is published no longer
    for number in range(50):
        assert client.post(text, headers=bearer(KEY.sign(claims(provider.issuer), kid=f"{number}"))).status_code == 401
    assert provider.asked["/keys"] == before + 1


def test_a_provider_that_is_down_at_the_start_is_asked_again(started, provider, record):
    provider.answer(DESCRIPTION, b"", 500)
    with started() as client:
        client.await_loaded()
        text = json.dumps(record)
        answer = client.post(text, headers=sent(provider))
        assert (answer.status_code, answer.json()["type"]) == (503, "/docs#not-ready")
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert client.get("/health/ready").status_code == 200
        assert client.post(text, headers=bearer("a.b.c")).status_code == 401
        provider.publish(KEY)
        asks = client.app.edge.gate.bearers.provider
        asks._next_s = 0.0  # ten seconds later
        assert client.post(text, headers=sent(provider)).status_code == 200
        client.app.edge.gate.tell()
        lines = client.log()
    assert [
        line.get("keys", "status 500" in line.get("sentence", "")) for line in lines if line["event"] == "oidc"
    ] == [
        True,
        1,
    ]
    assert sum(line.get("not_ready", 0) for line in lines if line["event"] == "denied") == 1


def test_a_stop_that_waits_no_longer_is_told_to_who_waits_for_the_provider(client, provider):
    gate, told = client.app.edge.gate, []
    token = KEY.sign(claims(provider.issuer), kid="unknown").encode()
    scope = {"type": "http", "method": "POST", "path": "/predict", "query_string": b"",
             "headers": [(b"authorization", b"Bearer " + token)]}  # fmt: skip

    async def run():
        waiting = asyncio.Event()

        async def learn():
            waiting.set()
            await asyncio.Event().wait()

        async def send(message):
            told.append(message)

        gate.learn = learn
        request = asyncio.create_task(client.app.edge(scope, None, send))
        await waiting.wait()
        request.cancel()
        await request

    client.run(run())
    assert told[0]["status"] == 408
    assert b"is stopping" in told[1]["body"]


def test_keys_and_tokens_work_together(started, provider, record, tmp_path):
    text, key = new_key("crm", ["predict"])
    write_keys(tmp_path / "keys.json", [key])
    with started(keys=tmp_path / "keys.json") as client:
        client.await_loaded()
        body = json.dumps(record)
        for headers in (bearer(text), {**JSON, "x-api-key": text}, sent(provider)):
            assert client.post(body, headers=headers).status_code == 200
        for headers in (bearer("ck_wrong"), bearer("wrong"), bearer("a.b.c"), {**JSON, "x-api-key": "a.b.c"}, JSON):
            assert client.post(body, headers=headers).status_code == 401
        assert "a token as Authorization: Bearer TOKEN" in client.post(body).json()["detail"]
        document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"].keys() == {"key", "token"}
    assert document["paths"]["/predict"]["post"]["security"] == [{"key": []}, {"token": []}]


def test_an_api_key_header_says_nothing_where_there_are_tokens_alone(client, provider, record):
    token = KEY.sign(claims(provider.issuer))
    assert client.post(json.dumps(record), headers={**JSON, "x-api-key": token}).status_code == 401


def test_openapi_says_that_a_token_is_needed(client, provider):
    document = client.get("/openapi.json").json()
    secured = {path for path, item in document["paths"].items() for one in item.values() if "security" in one}
    assert secured == set(NEEDED)
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert provider.issuer in scheme["description"]


def test_rows_are_counted_by_subject(started, provider, record):
    with started(rate_rows=10, workers=2) as client:
        client.await_loaded()
        many, one = json.dumps([record] * 25), json.dumps(record)
        assert client.post(many, headers=sent(provider)).status_code == 200
        answer = client.post(one, headers=sent(provider, jti="another token of the same"))
        assert (answer.status_code, answer.json()["type"]) == (429, "/docs#rate-limited")
        assert "5 rows a minute" in answer.json()["detail"]
        assert client.post(one, headers=sent(provider, sub="another")).status_code == 200


def test_a_thousand_wrong_tokens_leave_few_lines_and_nothing_behind(client, provider, clock, record):
    gate = client.app.edge.gate
    token = KEY.sign(claims(provider.issuer))
    head, body, signature = token.split(".")
    before = provider.asked["/keys"]

    async def ask():
        admit, kinds = gate.admit, []
        for number in range(1_000):
            wrong = f"{head}.{body}.{signature[:-8]}{number:08}"  # like a right one, but for its end
            try:
                admit("/predict", b"", {b"authorization": f"Bearer {wrong}".encode()})
            except Refusal as refusal:
                kinds.append(refusal.kind)
                gate.note_denied(refusal.kind)
        return kinds

    assert client.run(ask()) == ["unauthorized"] * 1_000
    assert gate.bearers._known == {}
    assert provider.asked["/keys"] == before
    gate.tell()
    denied = [line for line in client.log() if line["event"] == "denied"]
    assert sum(line["unauthorized"] for line in denied) == 1_000
    assert len(denied) <= 30  # one a second, on a machine as slow as you like
    assert client.post(json.dumps(record), headers=bearer(token)).status_code == 200
