"""Tokens of an identity provider, with real processes."""

import json
import subprocess
import sys
import time

import pytest

from churn.errors import BadInput
from service.__main__ import check_tokens
from service.settings import parse
from tests.e2e.conftest import PROJECT, wait_until
from tests.e2e.test_keys import ask, keys, refused
from tests.providers import AUDIENCE, SigningKey, claims, providing

pytestmark = pytest.mark.e2e

KEY, NEXT = SigningKey(algorithm="ES256"), SigningKey("second", "ES256")


@pytest.fixture
def provider():
    with providing(KEY) as provider:
        yield provider


def options(provider):
    return "--oidc-issuer", provider.issuer, "--oidc-audience", AUDIENCE, "--oidc-algorithm", "ES256"


def test_two_workers_let_in_who_has_a_token_and_follow_a_rotation(serve, shipped_bundle, golden, provider, tmp_path):
    path, record = tmp_path / "keys.json", golden["records"][0]
    key = keys(path, "new", "--name", "crm", "--scope", "predict")
    arguments = (shipped_bundle, "--port", "0", "--workers", "2", "--keys", path, *options(provider))
    service = serve(*arguments).await_ready()
    token = KEY.sign(claims(provider.issuer))
    expired = KEY.sign(claims(provider.issuer, exp=1))
    for _ in range(6):  # of both workers
        assert [ask(service, "/predict", sent, record) for sent in (token, key, expired, None)] == [200, 200, 401, 401]
        assert ask(service, "/explain", token, record) == 403
    start_s = time.monotonic()
    provider.publish(NEXT)
    new = NEXT.sign(claims(provider.issuer))
    wait_until(lambda: [ask(service, "/predict", new, record) for _ in range(6)] == [200] * 6, "the new key")

    def statuses():
        return {(ask(service, "/predict", new, record), ask(service, "/predict", token, record)) for _ in range(6)}

    wait_until(lambda: statuses() == {(200, 401)}, "the end of the old key")
    took_s = time.monotonic() - start_s
    assert provider.asked["/keys"] <= 2 * (2 + took_s / 10)  # each worker at the start, and then every ten seconds
    text = service.out.read_text() + service.err.read_text()
    assert not any(part in text for part in (token, expired, new, key))


def test_a_service_on_a_public_address_with_tokens_starts_while_the_provider_is_down(serve, shipped_bundle, provider):
    provider.answer("/keys", b"", 500)
    public = (shipped_bundle, "--port", "0", "--host", "0.0.0.0")  # noqa: S104  what it is about
    service = serve(*public, *options(provider)).await_ready()
    assert ask(service, "/predict", KEY.sign(claims(provider.issuer)), {}) == 503
    assert ask(service, "/predict", None, {}) == 401
    assert [event for event in service.events() if event["event"] == "open"] == []
    (told,) = wait_until(lambda: [event for event in service.events() if event["event"] == "oidc"], "the warning")
    assert "status 500" in told["sentence"]


def test_options_that_cannot_be_used_are_a_sentence_and_code_2(serve, shipped_bundle, tmp_path):
    start = (shipped_bundle, "--port", "0")
    assert "--oidc-audience TEXT" in refused(serve, *start, "--oidc-issuer", "https://id.example.com")
    assert "give --oidc-issuer URL" in refused(serve, *start, "--oidc-audience", "churn")
    assert "plain HTTP" in refused(serve, *start, "--oidc-issuer", "http://id.example.com")
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [KEY.published()]}))
    named = (*start, "--oidc-issuer", "https://id.example.com", "--oidc-audience", "churn", "--oidc-jwks")
    assert "has no key for signatures by RS256" in refused(serve, *named, tmp_path / "jwks.json")
    assert "cannot be read" in refused(serve, *named, tmp_path / "none.json")


@pytest.mark.parametrize("missing", ["jwt", "cryptography"])
def test_where_the_library_is_missing_the_extra_is_named(monkeypatch, missing):
    given = parse(["bundle", "--oidc-issuer", "https://id.example.com", "--oidc-audience", "churn"], {})
    check_tokens(given)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else name)
    with pytest.raises(BadInput, match=r"pip install 'churn-service\[oidc\]'"):
        check_tokens(given)


def test_without_an_issuer_the_library_is_not_even_loaded():
    code = "import sys, service.app; print(sorted({'jwt', 'cryptography'} & sys.modules.keys()))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == "[]\n"
