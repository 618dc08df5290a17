"""Callers who behave badly: they harm nobody but themselves."""

import contextlib
import json
import re
import socket
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import wait_until

LINUX = Path("/proc/self/status").exists()


def request(records, *, path="/predict"):
    body = json.dumps(records).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def resident_mb(service):
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def answers(received):
    return received.count(b"HTTP/1.1 200 ")


@pytest.fixture
def service(serve, shipped_bundle):
    return serve(str(shipped_bundle), "--port", "0", "--drain-s", "0").await_ready()


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_those_who_send_a_megabyte_and_hang_up_leave_nothing_behind(service, golden):
    sent = request(golden["records"] * 80)[: 1024 * 1024]
    head, _, body = sent.partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Content-Length: 8000000", head)

    def hang_up():
        with socket.create_connection(("127.0.0.1", service.port)) as caller:
            caller.sendall(head + b"\r\n\r\n" + body)

    hang_up()
    before_mb = resident_mb(service)
    for _ in range(50):
        hang_up()
    wait_until(
        lambda: 'churn_requests_total{route="/predict",status="499"} 51.0' in service.ask("GET", "/metrics")[1],
        "all of them to be forgotten",
    )
    assert resident_mb(service) - before_mb < 20
    assert service.ask("POST", "/predict", golden["records"])[0] == 200


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_for_one_who_never_reads_answers_are_not_heaped_up(service, golden):
    few = request(golden["records"][:20])
    service.ask("POST", "/predict", golden["records"][:20])
    before_mb = resident_mb(service)
    with socket.create_connection(("127.0.0.1", service.port)) as caller:
        caller.settimeout(2)
        sent_bytes, most_bytes = 0, 200 * 1024 * 1024
        try:
            while sent_bytes < most_bytes:
                sent_bytes += caller.send(few * 20)
        except TimeoutError:
            pass  # the service reads no further
        assert sent_bytes < most_bytes
        assert resident_mb(service) - before_mb < 20
        assert service.ask("POST", "/predict", golden["records"])[0] == 200


def test_one_who_floods_a_connection_delays_nobody_else(service, golden):
    """In the time of one single answer, the flood gets its share of the turns and no more."""
    many = (golden["records"] * 10)[:200]
    flood = 400
    with (
        socket.create_connection(("127.0.0.1", service.port)) as greedy,
        socket.create_connection(("127.0.0.1", service.port)) as modest,
    ):
        greedy.setblocking(False)
        left, received = memoryview(request(many) * flood), b""

        def push():
            nonlocal left, received
            with contextlib.suppress(BlockingIOError):
                left = left[greedy.send(left) :]
            with contextlib.suppress(BlockingIOError):
                received += greedy.recv(1024 * 1024)

        while not answers(received):
            push()
        modest.sendall(request(golden["records"][0]))
        modest.setblocking(False)
        before, answer, end_s = answers(received), b"", time.monotonic() + 30
        while not answer and time.monotonic() < end_s:
            push()
            with contextlib.suppress(BlockingIOError):
                answer = modest.recv(10_000)
    assert answers(answer) == 1
    assert answers(received) - before < flood / 4
