"""One process stays answerable while clients send bodies that were made to be slow."""

import http.client
import json
import threading
import time

import pytest

pytestmark = pytest.mark.e2e

JSON = {"content-type": "application/json"}
ALIVE_LIMIT_S = 2.0
"""Milliseconds are usual. What is tried here held the only process for 3 to 30 seconds, or for minutes."""

ANSWER_LIMIT_S = 5.0


def post(service, body):
    """Return status, size and time of one answer."""
    started_s = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    try:
        connection.request("POST", "/predict", body, JSON)
        answer = connection.getresponse()
        return answer.status, len(answer.read()), time.monotonic() - started_s
    finally:
        connection.close()


def longest_wait_s(service, threads):
    """Ask whether the process is alive for as long as any of the threads runs; return the longest wait."""
    longest_s = 0.0
    while any(thread.is_alive() for thread in threads):
        started_s = time.monotonic()
        assert service.ask("GET", "/health/live")[0] == 200
        longest_s = max(longest_s, time.monotonic() - started_s)
        time.sleep(0.02)
    return longest_s


def test_it_stays_alive_while_eight_clients_send_arrays_of_empty_records(serve, shipped_bundle):
    service = serve(shipped_bundle, "--port", "0").await_ready()
    body = b"[" + b",".join([b"{}"] * 680) + b"]"
    answers = []

    def send():
        answers.extend(post(service, body) for _ in range(15))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    longest_s = longest_wait_s(service, threads)
    assert len(answers) == 120
    assert {status for status, _, _ in answers} == {422}
    assert max(size for _, size, _ in answers) < 300 * 1024
    assert longest_s < ALIVE_LIMIT_S


SLOW = {
    "backslashes after brackets": b"[" * 10_002 + b'"' + b'\\"' * 50_000,
    "a text that does not end": b'[{"a":"' + b'\\"' * 5_000_000,
    "tiny records": b"[" + b"{}," * 3_000_000 + b"{}]",
    "deep nesting": b"[" * 10_000_000,
    "huge numbers": b"[" + b",".join([b'{"tenure":' + b"9" * 4290 + b"}"] * 2300) + b"]",
    "many names": b"{" + b",".join(b'"k%d":1' % i for i in range(900_000)) + b"}",
}


def test_bodies_made_to_be_slow_are_refused_quickly_and_nobody_waits_for_them(serve, shipped_bundle):
    service = serve(shipped_bundle, "--port", "0").await_ready()
    answers = {}

    def send():
        for name, body in SLOW.items():
            answers[name] = post(service, body)

    threads = [threading.Thread(target=send)]
    threads[0].start()
    longest_s = longest_wait_s(service, threads)
    assert answers.keys() == SLOW.keys()
    for name, (status, size, duration_s) in answers.items():
        assert status in {400, 413, 422}, name
        assert size < 300 * 1024, name
        assert duration_s < ANSWER_LIMIT_S, name
    assert longest_s < ALIVE_LIMIT_S


def test_right_bodies_are_answered_while_wrong_ones_queue_up(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0").await_ready()
    right = json.dumps((golden["records"] * (2_000 // len(golden["records"]) + 1))[:2_000]).encode()
    wrong = b"[" + b"{}," * 9_000 + b"{}]"
    threads = [threading.Thread(target=post, args=(service, wrong)) for _ in range(8)]
    for thread in threads:
        thread.start()
    status, _, duration_s = post(service, right)
    for thread in threads:
        thread.join()
    assert status == 200
    assert duration_s < ANSWER_LIMIT_S
