"""Where the provider's keys are read from, and what is not taken for them."""

import json
import socket
import time
from contextlib import suppress
from threading import Thread

import pytest

from churn.errors import BadInput
from service.keys.tokens.fetch import fetch
from service.keys.tokens.source import load_keys
from tests.providers import DESCRIPTION, SigningKey, providing

KEY = SigningKey()


@pytest.fixture
def provider():
    with providing(KEY) as provider:
        yield provider


def test_keys_are_found_by_the_issuers_description(provider):
    assert load_keys(provider.issuer, None, "RS256").keys() == {"first"}
    assert provider.asked == {DESCRIPTION: 1, "/keys": 1}


def test_keys_at_an_address_need_no_description(provider):
    assert load_keys("https://id.example.com", f"{provider.issuer}/keys", "RS256").keys() == {"first"}
    assert provider.asked == {"/keys": 1}


def test_keys_may_be_in_a_file(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [KEY.published()]}))
    assert load_keys("https://id.example.com", path, "RS256").keys() == {"first"}
    for content, sentence in (("{", "not JSON"), ("[]", "not a JSON object"), (" " * 1_048_577, "1,048,576 bytes")):
        path.write_text(content)
        with pytest.raises(BadInput, match=sentence):
            load_keys("https://id.example.com", path, "RS256")
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        load_keys("https://id.example.com", path, "RS256")


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        ({"issuer": "https://id.example.com"}, "is of the issuer"),
        ({"issuer": ...}, "is of the issuer"),
        ({"jwks_uri": ...}, "does not say where the keys are"),
        ({"jwks_uri": 7}, "does not say where the keys are"),
        ({"jwks_uri": "file:///etc/passwd"}, "begins with https://"),
        ({"jwks_uri": "http://id.example.com/keys"}, "plain HTTP"),
        ({"jwks_uri": "https://me:secret@id.example.com/keys"}, "a user or a password"),
    ],
)
def test_a_description_of_another_or_that_leads_elsewhere_is_refused(provider, described, sentence):
    right = {"issuer": provider.issuer, "jwks_uri": f"{provider.issuer}/keys"}
    provider.answer(DESCRIPTION, {name: value for name, value in (right | described).items() if value is not ...})
    with pytest.raises(BadInput, match=sentence) as error:
        load_keys(provider.issuer, None, "RS256")
    assert "secret" not in str(error.value)
    assert provider.asked["/keys"] == 0


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{}" + b" " * 2 * 1024 * 1024, "more than the 1,048,576 bytes"),
        (b"<html>", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe\xfd", "is not JSON"),
        (b"", "is not JSON"),
        (b"[]", "is not a JSON object"),
    ],
)
def test_an_answer_that_is_too_long_or_no_object_is_a_sentence(provider, body, sentence):
    provider.answer("/keys", body)
    with pytest.raises(BadInput, match=sentence):
        fetch(f"{provider.issuer}/keys")


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
def test_another_status_is_a_sentence(provider, status):
    provider.answer("/keys", b"", status)
    with pytest.raises(BadInput, match="not JSON" if status == 204 else f"status {status}"):
        fetch(f"{provider.issuer}/keys")


def test_a_redirect_is_followed_on_the_same_site_alone(provider):
    with providing(KEY) as other:
        for target in ("file:///etc/passwd", f"{other.issuer}/keys", "ftp://127.0.0.1/keys", "http://a.example.com/"):
            provider.answer("/there", b"", 302, Location=target)
            with pytest.raises(BadInput, match="status 302"):
                fetch(f"{provider.issuer}/there")
        assert other.asked == {}
    provider.answer("/there", b"", 302, Location="/keys")
    assert fetch(f"{provider.issuer}/there")["keys"]
    provider.answer("/round", b"", 302, Location="/round")
    with pytest.raises(BadInput, match="status 302"):
        fetch(f"{provider.issuer}/round")


def test_nobody_there_is_a_sentence():
    with providing() as provider:
        address = provider.issuer
    with pytest.raises(BadInput, match="cannot be reached"):
        fetch(address)


def test_who_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(BadInput, match="cannot be"):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", 0.05)


def test_who_answers_byte_by_byte_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection, suppress(OSError):  # who asked is gone
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.01)

        thread = Thread(target=drip)
        thread.start()
        with pytest.raises(BadInput, match="takes too long to answer"):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", 0.3)
        thread.join()
