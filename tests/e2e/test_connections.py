"""Single connections to the real process: upgrades offered, heads without bounds, bytes in pieces."""

import http.client
import json
import shutil
import socket
import subprocess
import time

import pytest

pytestmark = pytest.mark.e2e

CALL_JAVA = """
import java.net.URI;
import java.net.http.*;

public class Call {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(arguments[1]))
            .build();
        for (int call = 0; call < 3; call++) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.body());
        }
    }
}
"""


@pytest.fixture
def service(serve, shipped_bundle):
    return serve(shipped_bundle, "--port", "0").await_ready()


@pytest.fixture
def record(golden):
    return json.dumps(golden["records"][0])


def url(service, path):
    return f"http://127.0.0.1:{service.port}{path}"


def wire_to(service):
    wire = socket.create_connection(("127.0.0.1", service.port), timeout=30)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def answer_on(wire):
    answer = http.client.HTTPResponse(wire)
    answer.begin()
    return answer.status, answer.headers, answer.read()


def until_closed(wire):
    parts = []
    while part := wire.recv(65536):
        parts.append(part)
    return b"".join(parts)


def problem(headers, body):
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-request-id"]
    return json.loads(body)


# --- upgrades ---------------------------------------------------------------------------------------


def test_curl_that_offers_http2_is_answered(service, record):
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl on the path")
    if "HTTP2" not in subprocess.run([curl, "--version"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("this curl cannot offer HTTP/2")
    command = [curl, "--silent", "--show-error", "--http2", "--max-time", "30", "--json", record]
    said = subprocess.run(
        [*command, "--write-out", "\n%{http_code} %{http_version}", url(service, "/predict")],
        capture_output=True,
        text=True,
        check=True,
    )
    answer, _, how = said.stdout.rpartition("\n")
    assert how == "200 1.1"
    assert json.loads(answer)["predictions"][0]["churn_probability"]


@pytest.mark.slow
def test_java_with_its_defaults_is_answered(service, record, tmp_path):
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java on the path")
    program = tmp_path / "Call.java"
    program.write_text(CALL_JAVA)
    said = subprocess.run(
        [java, str(program), url(service, "/predict"), record], capture_output=True, text=True, timeout=120, check=False
    )
    if "jdk.compiler" in said.stderr:
        pytest.skip("this java is without a compiler")
    assert said.returncode == 0, said.stderr
    answers = said.stdout.splitlines()
    assert [line.partition(" ")[0] for line in answers] == ["200"] * 3
    assert all("churn_probability" in line for line in answers)


def test_a_body_after_an_offer_is_read_wherever_the_bytes_are_split(service, record):
    sent = (
        f"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        f"HTTP2-Settings: AAEAAEAAAAIAAAAB\r\nContent-Type: application/json\r\nContent-Length: {len(record)}\r\n\r\n"
        f"{record}"
    ).encode()
    with wire_to(service) as wire:
        for at in range(1, len(sent)):
            wire.sendall(sent[:at])
            wire.sendall(sent[at:])
            status, _, body = answer_on(wire)
            assert status == 200, body


def test_a_websocket_is_answered_as_plain_http(service):
    with wire_to(service) as wire:
        wire.sendall(
            b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert answer_on(wire)[0] == 200


def test_a_tunnel_is_refused(service):
    with wire_to(service) as wire:
        wire.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
        status, headers, body = answer_on(wire)
        assert (status, headers["allow"]) == (405, "GET, POST")
        assert "no proxy" in problem(headers, body)["detail"]
        assert until_closed(wire) == b""


# --- heads ------------------------------------------------------------------------------------------


def test_headers_over_the_limit_are_refused_while_they_are_still_being_sent(service):
    with wire_to(service) as wire:
        wire.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nX-Large: ")
        for _ in range(64):  # the answer comes long before, and sending on does no harm to it
            wire.sendall(b"a" * 4096)
        status, headers, body = answer_on(wire)
        assert status == 431
        assert problem(headers, body)["type"] == "/docs#headers-too-large"
        assert until_closed(wire) == b""


def test_a_request_line_over_the_limit_is_refused(service):
    with wire_to(service) as wire:
        wire.sendall(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        status, headers, body = answer_on(wire)
        assert status == 414
        assert problem(headers, body)["type"] == "/docs#uri-too-long"
        assert until_closed(wire) == b""


def test_a_refused_head_is_logged_and_counted(service):
    with wire_to(service) as wire:
        wire.sendall(b"GET /model HTTP/1.1\r\nX-Large: " + b"a" * 70_000)
        _, headers, _ = answer_on(wire)
    identity = headers["x-request-id"]
    assert 'status="431"' in service.ask("GET", "/metrics")[1]
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s:
        found = [event for event in service.events() if event.get("request_id") == identity]
        if found:
            assert (found[0]["method"], found[0]["route"], found[0]["status"]) == ("GET", "/", 431)
            return
        time.sleep(0.05)
    pytest.fail("the refused request is not in the log")
