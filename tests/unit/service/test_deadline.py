"""``X-Request-Timeout-Ms``: what nobody waits for any more is not worked on."""

import asyncio
import json
import threading

import httpx
import pytest

from churn.scoring import Scorer
from tests.unit.service.conftest import DOORS, JSON
from tests.unit.service.wire import connect


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture
def client(start):
    with start() as client:
        client.await_loaded()
        yield client


def ask(client, body, limit_ms, path="/predict"):
    return client.post(body, path, headers={**JSON, "x-request-timeout-ms": str(limit_ms)})


@pytest.mark.parametrize("path", ["/predict", "/decide", "/whatif"])
def test_in_its_time_it_is_answered_like_any_other(client, record, path):
    bodies = {
        "/predict": record,
        "/decide": {"records": [record], "value": 1, "contact_cost": 0, "contact_success": 1},
        "/whatif": {"record": record, "changes": {"contract": "year"}},
    }
    body = json.dumps(bodies[path])
    limited, plain = ask(client, body, 60_000, path), client.post(body, path)
    assert (limited.status_code, limited.content) == (200, plain.content)


@pytest.mark.parametrize("sent", ["0", "-1", "1.5", "1e3", "soon", "3600001", "9" * 5_000, "", "²"])
def test_what_is_no_time_is_refused_with_what_would_be(client, record, sent):
    headers = [(b"content-type", b"application/json"), (b"x-request-timeout-ms", sent.encode("latin-1"))]
    answer = client.ask("POST", "/predict", content=json.dumps(record), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "/docs#invalid-header")
    assert "a whole number of milliseconds, from 1 to 3600000" in answer.json()["detail"]
    assert len(answer.content) < 1_000


def test_what_waits_for_a_thread_too_long_is_not_begun(client, record, monkeypatch):
    go_on, begun = threading.Event(), []
    answer = Scorer.answer

    def slowly(*given):
        begun.append(1)
        assert go_on.wait(30)
        return answer(*given)

    monkeypatch.setattr(Scorer, "answer", slowly)
    body = json.dumps([record] * 3_000)

    async def both():
        async with httpx.AsyncClient(transport=client._transport, base_url="http://service") as caller:
            first = asyncio.create_task(caller.post("/predict", content=body, headers=JSON))
            while not begun:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            late = await caller.post("/predict", content=body, headers={**JSON, "x-request-timeout-ms": "300"})
            go_on.set()
            return await first, late

    first, late = client.run(both())
    assert first.status_code == 200
    assert (late.status_code, late.json()["type"]) == (408, "/docs#deadline-passed")
    assert late.json()["detail"] == "The request was not answered within its 300 ms, and is not worked on any more."
    assert len(begun) == 1
    assert "churn_queue_bytes 0.0" in client.get("/metrics").text


def test_a_body_that_does_not_come_in_time_is_given_up(client):
    async def send_half():
        connection, wire = connect(client.app)
        head = b"POST /predict HTTP/1.1\r\ncontent-type: application/json\r\nx-request-timeout-ms: 30\r\n"
        connection.data_received(head + b"content-length: 100\r\n\r\n[")
        async with asyncio.timeout(30):
            while not wire.written:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        connection.connection_lost(None)
        return wire.written

    assert client.run(send_half()).startswith(b"HTTP/1.1 408 ")
