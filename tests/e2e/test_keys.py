"""Keys, public addresses and HTTPS, with real processes."""

import http.client
import json
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import PATIENCE_S, PROJECT, wait_until

pytestmark = pytest.mark.e2e


def keys(path, *arguments):
    """Run ``churn-serve keys``; return what it prints."""
    command = [sys.executable, "-m", "service", "keys", *arguments, "--file", path]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def ask(service, path, key=None, body=None):
    """Return the status of an answer."""
    connection = service.connect()
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request("GET" if body is None else "POST", path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_keys_are_changed_without_a_restart_and_without_a_gap(serve, shipped_bundle, golden, tmp_path, workers):
    path, record = tmp_path / "keys.json", golden["records"][0]
    old = keys(path, "new", "--name", "crm", "--scope", "predict")
    service = serve(shipped_bundle, "--port", "0", "--keys", path, "--workers", workers).await_ready()
    assert [ask(service, "/predict", key, record) for key in (old, None, "ck_wrong")] == [200, 401, 401]

    new = keys(path, "new", "--name", "crm-2", "--scope", "predict", "--scope", "explain")
    wait_until(lambda: [ask(service, "/explain", new, record) for _ in range(4)] == [200] * 4, "the new key")
    assert [ask(service, "/predict", key, record) for key in (old, new)] == [200, 200]

    keys(path, "revoke", "--name", "crm")
    wait_until(lambda: [ask(service, "/predict", old, record) for _ in range(4)] == [401] * 4, "the revocation")
    assert ask(service, "/predict", new, record) == 200
    text = service.out.read_text() + service.err.read_text()
    assert not any(key in text for key in (old, new, "ck_wrong"))


def test_a_thousand_wrong_keys_cost_the_same_and_few_lines(serve, shipped_bundle, golden, tmp_path):
    path = tmp_path / "keys.json"
    right = keys(path, "new", "--name", "crm", "--scope", "predict")
    for number in range(3):
        keys(path, "new", "--name", f"other-{number}", "--scope", "metrics")
    service = serve(shipped_bundle, "--port", "0", "--keys", path).await_ready()
    connection = service.connect()
    body = json.dumps(golden["records"] * 5)
    start_s = time.monotonic()
    for number in range(1_000):
        key = f"{right[:-6]}{number:06}"  # like a right one, but for its end
        connection.request("POST", "/predict", body, {"content-type": "application/json", "x-api-key": key})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401
    took_s = time.monotonic() - start_s
    connection.close()
    assert ask(service, "/predict", right, golden["records"][0]) == 200

    def denied():
        found = [event for event in service.events() if event["event"] == "denied"]
        return found if sum(event["unauthorized"] for event in found) == 1_000 else None

    lines = wait_until(denied, "all that were denied to be told")
    assert len(lines) <= took_s + 2  # one a second at the most
    requests = [event for event in service.events() if event["event"] == "request" and event["route"] == "/predict"]
    assert [event["status"] for event in requests] == [200]
    assert right not in service.out.read_text()


def refused(serve, *arguments, **options):
    """Start what must not start; return what it says."""
    service = serve(*arguments, **options)
    assert service.wait() == 2
    return service.err.read_text()


def test_a_public_address_needs_keys_or_a_word(serve, shipped_bundle, tmp_path):
    said = refused(serve, shipped_bundle, "--port", "0", "--host", "0.0.0.0")  # noqa: S104  it is refused
    assert "--keys FILE" in said
    assert "--insecure" in said
    public = (shipped_bundle, "--port", "0", "--host", "0.0.0.0")  # noqa: S104  what it is about
    for options in ({"env": {"CHURN_INSECURE": "on"}}, {}):
        service = serve(*public, *([] if options else ["--insecure"]), **options).await_listening()
        wait_until(lambda found=service: [e for e in found.events() if e["event"] == "open"], "the warning")
        [warning] = [event for event in service.events() if event["event"] == "open"]
        assert "CHURN_KEYS" in warning["sentence"]  # what somebody who runs a container can set
        assert "docs/operate.md, Who may call" in warning["sentence"]
    keys(tmp_path / "keys.json", "new", "--name", "crm", "--scope", "predict")
    service = serve(*public, "--keys", tmp_path / "keys.json", "--insecure").await_ready()
    assert ask(service, "/predict", None, {}) == 401
    assert [event for event in service.events() if event["event"] == "open"] == []


def test_files_that_cannot_be_used_are_a_sentence_and_code_2(serve, shipped_bundle, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.write_text("{")
    start = (shipped_bundle, "--port", "0")
    assert "is not JSON" in refused(serve, *start, "--keys", damaged)
    assert "cannot be read" in refused(serve, *start, "--keys", tmp_path / "none")
    assert "give --keys FILE" in refused(serve, *start, "--rate-rows", "5")
    assert "needs both files" in refused(serve, *start, "--tls-cert", damaged)
    assert "cannot be used for HTTPS" in refused(serve, *start, "--tls-cert", damaged, "--tls-key", damaged)


@pytest.fixture
def certificate(tmp_path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, *made, *names, "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=60)
    return cert, key


@pytest.mark.parametrize("workers", ["1", "2"])
def test_https_is_answered_until_the_stop(serve, shipped_bundle, golden, certificate, workers):
    cert, key = certificate
    arguments = ("--port", "0", "--workers", workers, "--tls-cert", cert, "--tls-key", key, "--drain-s", "0")
    service = serve(shipped_bundle, *arguments).await_listening()
    assert next(e["url"] for e in service.events() if e["event"] == "listening").startswith("https://")
    context = ssl.create_default_context(cafile=cert)

    def post(path, body, headers=None):
        connection = http.client.HTTPSConnection("127.0.0.1", service.port, timeout=PATIENCE_S, context=context)
        connection.request("POST", path, body, {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    record = json.dumps(golden["records"][0])
    wait_until(lambda: post("/predict", record)[0] == 200, "readiness")
    assert post("/predict?on_error=report", json.dumps(golden["records"] * 40))[0] == 200
    assert post("/" + "x" * 9_000, record)[0] == 414
    idle = [service.connect() for _ in range(3)]  # who never begins with a handshake
    for connection in idle:
        connection.connect()
    start_s = time.monotonic()
    service.signal(15)
    assert service.wait() == 0
    assert time.monotonic() - start_s < 22
    for connection in idle:
        connection.close()
