"""The service as a process: start, answer, refuse to start, stop."""

import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from churn.bundle import MANIFEST, SCHEMA
from churn.signature import sign_bundle
from tests.unit.churn.test_signature import make_keys

pytestmark = pytest.mark.e2e


# --- answering --------------------------------------------------------------------------------------


def test_it_answers_over_http_what_the_reference_form_gave_at_export(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0").await_ready()
    records = [{**record, "customer_id": i} for i, record in enumerate(golden["records"])]
    status, answer = service.ask("POST", "/predict", records)
    assert status == 200
    assert answer["model"]["name"] == json.loads((shipped_bundle / MANIFEST).read_text())["name"]
    assert [p["customer_id"] for p in answer["predictions"]] == list(range(len(records)))
    found = [p["churn_probability"] for p in answer["predictions"]]
    assert found == pytest.approx(golden["probabilities"], abs=golden["tolerance"])
    assert service.ask("POST", "/predict", golden["records"][0])[1]["predictions"][0]["churn_probability"] == (
        pytest.approx(found[0], abs=1e-6)
    )


def test_every_reading_is_answered_and_the_log_is_json(serve, shipped_bundle):
    service = serve(shipped_bundle, "--port", "0").await_ready()
    for path in ("/health/live", "/model", "/schema", "/openapi.json", "/docs", "/metrics"):
        assert service.ask("GET", path)[0] == 200
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    events = [event["event"] for event in service.events()]
    assert {"listening", "ready", "request", "stopping"} <= set(events)


def test_a_body_over_the_limit_is_refused_while_it_is_still_being_sent(serve, shipped_bundle):
    service = serve(shipped_bundle, "--port", "0", "--body-limit-mb", "0.01").await_ready()
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as wire:
        wire.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(12):
            wire.sendall(b"400\r\n" + b" " * 1024 + b"\r\n")
        assert wire.recv(65536).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as wire:
        wire.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
        )
        assert wire.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_large_batch_does_not_keep_others_waiting_for_its_end(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0").await_ready()
    many = (golden["records"] * (10_000 // len(golden["records"]) + 1))[:10_000]
    statuses = []
    thread = threading.Thread(target=lambda: statuses.append(service.ask("POST", "/predict", many)))
    thread.start()
    alive = 0
    while thread.is_alive():
        alive += service.ask("GET", "/health/live")[0] == 200
    thread.join()
    assert statuses[0][0] == 200
    assert len(statuses[0][1]["predictions"]) == 10_000
    assert alive


def test_nothing_is_written_anywhere(serve, shipped_bundle, golden, tmp_path):
    """A read-only root file system is enough: no cache, no temporary file, nothing in the bundle."""
    bundle = tmp_path / "bundle"
    shutil.copytree(shipped_bundle, bundle)
    bundle.chmod(0o555)
    before = {path: path.stat().st_mtime_ns for path in bundle.rglob("*")}
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "TMPDIR": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    service = serve(bundle, "--port", "0", env=env).await_ready()
    assert service.ask("POST", "/predict", golden["records"])[0] == 200
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    bundle.chmod(0o755)
    assert {path: path.stat().st_mtime_ns for path in bundle.rglob("*")} == before
    assert not list(home.iterdir())
    assert {path.name for path in service.out.parent.iterdir()} == {"stdout", "stderr"}


# --- refusing to start ------------------------------------------------------------------------------


def lose_a_file(bundle: Path) -> str:
    (bundle / "compiled" / "model.tflite").unlink()
    return "compiled/model.tflite is missing"


def change_a_byte(bundle: Path) -> str:
    file = bundle / "compiled" / "model.tflite"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return "compiled/model.tflite of"


def cut_a_file(bundle: Path) -> str:
    file = bundle / SCHEMA
    file.write_bytes(file.read_bytes()[:-10])
    return "schema.json of"


def cut_the_manifest(bundle: Path) -> str:
    file = bundle / MANIFEST
    file.write_bytes(file.read_bytes()[:100])
    return "damaged or truncated"


def be_newer(bundle: Path) -> str:
    file = bundle / MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), "format_version": 99}))
    return "Upgrade churn-service"


def vanish(bundle: Path) -> str:
    shutil.rmtree(bundle)
    return "There is no bundle at"


@pytest.mark.parametrize("damage", [lose_a_file, change_a_byte, cut_a_file, cut_the_manifest, be_newer, vanish])
def test_a_bundle_that_cannot_be_trusted_is_refused_with_code_2(serve, shipped_bundle, tmp_path, damage):
    bundle = tmp_path / "bundle"
    shutil.copytree(shipped_bundle, bundle)
    sentence = damage(bundle)
    service = serve(bundle, "--port", "0")
    assert service.wait() == 2
    said = service.err.read_text()
    assert sentence in said
    assert said.startswith("churn-serve: ")
    assert said.count("\n") == 1
    assert service.out.read_text() == ""  # it never listened


def test_a_bundle_is_judged_before_the_port_is_taken(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = serve(tmp_path / "none", "--port", str(taken.getsockname()[1]))
        assert service.wait() == 2
        assert "There is no bundle" in service.err.read_text()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_port_is_told_with_code_2(serve, shipped_bundle, workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = serve(shipped_bundle, "--port", str(port), "--workers", workers)
        assert service.wait() == 2
        assert f"127.0.0.1 port {port} cannot be listened on" in service.err.read_text()
        assert "Choose another --port" in service.err.read_text()


def test_wrong_usage_is_code_2_and_help_is_code_0(serve):
    assert serve("--port", "x").wait() == 2
    assert serve("--help").wait() == 0


# --- stopping ---------------------------------------------------------------------------------------


class Load:
    """Callers who ask without pause until an answer closes the connection, as a balancer that then turns elsewhere.

    Counts requests that were sent and never answered. (Who goes on connecting until nobody listens can always be
    reset: TCP lets a caller believe in a connection that no process has accepted yet.)
    """

    def __init__(self, service, record, *, keep_alive, callers=8):
        self.answered, self.lost, self.closing = 0, [], 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._service, self._body, self._keep_alive = service, json.dumps(record), keep_alive
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def _call(self):
        connection = None
        while not self._stop.is_set():
            if connection is None:
                connection = self._service.connect()
                try:
                    connection.connect()
                except OSError as error:
                    self.lost.append(repr(error))
                    return
            try:
                connection.request("POST", "/predict", self._body, {"content-type": "application/json"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
                return
            with self._lock:
                self.answered += answer.status == 200
                self.closing += answer.headers.get("connection") == "close"
            if answer.headers.get("connection") == "close":
                connection.close()
                return
            if not self._keep_alive:
                connection.close()
                connection = None

    def join(self):
        for thread in self._threads:
            thread.join(20)
        self._stop.set()


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("keep_alive", [True, False])
def test_a_stop_under_load_answers_everything_that_was_sent(serve, shipped_bundle, golden, keep_alive, workers):
    service = serve(shipped_bundle, "--port", "0", "--drain-s", "0.5", "--workers", workers).await_ready()
    load = Load(service, golden["records"][0], keep_alive=keep_alive)
    time.sleep(0.5)
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    load.join()
    assert load.lost == []
    assert load.answered > 10
    assert load.closing == 8  # every caller went on until it was told


def test_a_stopping_service_says_at_once_that_it_is_not_ready_and_still_answers(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", "--drain-s", "3").await_ready()
    service.signal(signal.SIGTERM)
    time.sleep(0.1)
    status, answer = service.ask("GET", "/health/ready")
    assert status == 503
    assert "stopping" in answer["detail"]
    assert service.ask("POST", "/predict", golden["records"][0])[0] == 200
    assert service.wait() == 0


def half_sent(service, record):
    """Open a connection and send a request whose body is not complete; return it with the rest of the body."""
    body = json.dumps(record).encode()
    wire = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    wire.sendall(head.encode() + body[:20])
    time.sleep(0.2)
    return wire, body[20:]


def received(wire):
    parts = []
    while part := wire.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_body_that_is_still_arriving_is_waited_for(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", "--drain-s", "0").await_ready()
    wire, rest = half_sent(service, golden["records"][0])
    with wire:
        service.signal(signal.SIGTERM)
        time.sleep(1)
        wire.sendall(rest)
        answer = received(wire)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer
    assert b"churn_probability" in answer
    assert service.wait() == 0


def test_a_body_that_never_arrives_is_given_up_after_the_grace_time(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", "--drain-s", "0", "--grace-s", "1").await_ready()
    wire, _ = half_sent(service, golden["records"][0])
    with wire:
        service.signal(signal.SIGTERM)
        answer = received(wire)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert service.wait() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_it_where_it_is(serve, shipped_bundle, golden, workers):
    service = serve(
        shipped_bundle, "--port", "0", "--drain-s", "60", "--grace-s", "60", "--workers", workers
    ).await_ready()
    wire, _ = half_sent(service, golden["records"][0])
    with wire:
        service.signal(signal.SIGTERM)
        time.sleep(0.5)
        assert service.process.poll() is None
        service.signal(signal.SIGTERM)
        begun = time.monotonic()
        assert service.wait() == 0
        assert time.monotonic() - begun < 5


def test_an_interrupt_from_the_terminal_stops_it_too(serve, shipped_bundle):
    service = serve(shipped_bundle, "--port", "0", "--drain-s", "0").await_ready()
    service.signal(signal.SIGINT)
    assert service.wait() == 0


# --- several workers --------------------------------------------------------------------------------


def workers_of(service):
    return {event["pid"] for event in service.events() if event["event"] == "listening"}


def test_a_worker_that_falls_is_replaced(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", "--workers", "2").await_ready()
    first = min(wait_for_workers(service, 2))
    os.kill(first, signal.SIGKILL)
    wait_for_workers(service, 3)
    assert service.ask("POST", "/predict", golden["records"][0])[0] == 200
    assert "another takes its place" in service.err.read_text()
    service.signal(signal.SIGTERM)
    assert service.wait() == 0


def wait_for_workers(service, count):
    end = time.monotonic() + 20
    while len(found := workers_of(service)) < count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(found) == count
    return found


def test_workers_stop_when_their_parent_is_gone(serve, shipped_bundle):
    service = serve(shipped_bundle, "--port", "0", "--workers", "2", "--drain-s", "0").await_ready()
    wait_for_workers(service, 2)
    service.signal(signal.SIGKILL)
    service.wait()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", service.port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("a worker still listens")


# --- only what is signed ----------------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "2"])
def test_with_a_key_only_a_signed_bundle_is_served(serve, shipped_bundle, tmp_path, golden, workers):
    bundle = tmp_path / "bundle"
    shutil.copytree(shipped_bundle, bundle)
    private, public = make_keys(tmp_path, "ours")
    arguments = (bundle, "--port", "0", "--workers", workers, "--verify-key", public)
    unsigned = serve(*arguments)
    assert unsigned.wait() == 2
    assert "holds no bundle.sig" in unsigned.err.read_text()
    sign_bundle(bundle, private)
    service = serve(*arguments).await_ready()
    assert service.ask("POST", "/predict", golden["records"][0])[0] == 200
    service.end()
    (bundle / "golden.json").write_text("{}")
    changed = serve(*arguments)
    assert changed.wait() == 2
    assert "does not hold" in changed.err.read_text()
