"""``Idempotency-Key``: a repeat gets the answer that was given, and nothing is done twice."""

import asyncio
import json

import httpx
import pytest

from churn.scoring import Scorer
from service.keys.file import new_key, write_keys
from tests.unit.service.conftest import DOORS, JSON


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture
def client(start):
    with start() as client:
        client.await_loaded()
        yield client


@pytest.fixture
def scored(monkeypatch):
    """How many batches were scored."""
    count = []
    answer = Scorer.answer
    monkeypatch.setattr(Scorer, "answer", lambda *given: count.append(1) or answer(*given))
    return count


def ask(client, body, key="k", path="/predict", **headers):
    return client.post(body, path, headers={**JSON, "idempotency-key": key, **headers})


def question(record):
    return json.dumps({"records": [record], "value": 1, "contact_cost": 0, "contact_success": 1})


@pytest.mark.parametrize("path", ["/predict", "/decide", "/predict?on_error=report"])
def test_a_repeat_gets_the_same_answer_and_nothing_is_scored(client, scored, record, path):
    body = question(record) if path == "/decide" else json.dumps(record)
    first, again = (ask(client, body, path=path) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert len(scored) == 1
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["x-request-id"] != again.headers["x-request-id"]


def test_a_repeat_is_counted_as_a_request_but_not_its_records(client, record):
    for _ in range(3):
        ask(client, json.dumps([record, record]))
    text = client.get("/metrics").text
    assert 'churn_requests_total{route="/predict",status="200"} 3.0' in text
    assert 'churn_records_total{outcome="scored"} 2.0' in text


def test_another_body_with_the_key_is_refused_and_the_answer_stays(client, record):
    ask(client, json.dumps(record))
    other = ask(client, json.dumps({**record, "tenure": 13}))
    assert (other.status_code, other.json()["type"]) == (422, "/docs#idempotency-key-reused")
    assert ask(client, json.dumps(record)).headers["idempotency-replayed"] == "true"


def test_a_key_is_of_its_path_its_query_and_its_caller(client, scored, record):
    for path in ("/predict", "/predict?on_error=report"):
        assert "idempotency-replayed" not in ask(client, json.dumps([record]), path=path).headers
    assert ask(client, question(record), path="/decide").status_code == 200
    assert len(scored) == 3


def test_two_callers_may_choose_the_same_key(start, tmp_path, record):
    texts = [new_key(name, ["predict"]) for name in ("crm", "shop")]
    write_keys(tmp_path / "keys.json", [key for _, key in texts])
    with start(keys=tmp_path / "keys.json") as client:
        client.await_loaded()
        for text, _ in texts:
            answer = ask(client, json.dumps(record), authorization=f"Bearer {text}")
            assert answer.status_code == 200
            assert "idempotency-replayed" not in answer.headers


def test_quoted_as_in_the_draft_it_is_the_same_key(client, record):
    ask(client, json.dumps(record), '"8e03978e-40d5-43dd-bc93-6894a57f9324"')
    again = ask(client, json.dumps(record), "8e03978e-40d5-43dd-bc93-6894a57f9324")
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", '""', "a b", "é", "k" * 256, 'a"b', "k" * 60_000])
def test_what_can_be_no_key_is_refused_with_what_would_be(client, record, key):
    answer = ask(client, json.dumps(record), key.encode("latin-1"))
    assert (answer.status_code, answer.json()["type"]) == (400, "/docs#invalid-header")
    assert "1 to 255" in answer.json()["detail"]
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("door", ["wire"], indirect=True)
def test_a_key_of_a_megabyte_is_a_head_that_is_too_large(client, record):
    assert ask(client, json.dumps(record), "k" * 1_000_000).status_code == 431
    assert ask(client, json.dumps(record)).status_code == 200


def test_a_refused_request_can_be_mended_and_sent_again_with_the_key(client, record):
    assert ask(client, json.dumps({**record, "tenure": "x"})).status_code == 422
    assert ask(client, "{").status_code == 400
    assert ask(client, json.dumps(record)).status_code == 200


def test_a_fault_of_ours_is_not_kept(client, record, monkeypatch):
    monkeypatch.setattr(Scorer, "answer", lambda *_: 1 / 0)
    assert ask(client, json.dumps(record)).status_code == 500
    monkeypatch.undo()
    assert ask(client, json.dumps(record)).status_code == 200


def test_what_the_audit_log_could_not_take_is_not_kept_either(start, tmp_path, record, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with start(audit=tmp_path / "audit") as client:
        client.await_loaded()
        monkeypatch.setattr("service.audit.writing.AuditLog._append", full)
        assert ask(client, json.dumps(record)).status_code == 503
        monkeypatch.undo()
        assert ask(client, json.dumps(record)).status_code == 200
        assert ask(client, json.dumps(record)).headers["idempotency-replayed"] == "true"
    assert len((tmp_path / "audit").read_text().splitlines()) == 1


def test_while_it_is_being_answered_the_same_is_told_to_wait(client, record):
    body = json.dumps([record] * 3_000)  # in a thread, so that the second comes in between

    async def both():
        async with httpx.AsyncClient(transport=client._transport, base_url="http://service") as caller:
            headers = {**JSON, "idempotency-key": "k"}
            return await asyncio.gather(*(caller.post("/predict", content=body, headers=headers) for _ in range(2)))

    first, second = client.run(both())
    assert first.status_code == 200
    assert (second.status_code, second.json()["type"]) == (409, "/docs#in-progress")
    assert second.headers["retry-after"] == "1"
    assert ask(client, body).content == first.content


def test_questions_that_change_nothing_ignore_it(client, scored, record):
    body = json.dumps({"record": record, "changes": {"contract": "year"}})
    for _ in range(2):
        assert "idempotency-replayed" not in ask(client, body, path="/whatif").headers
    assert len(scored) == 2


def test_a_request_that_is_refused_by_its_head_needs_no_body(client):
    answer = client.post("x", headers={"content-type": "text/csv", "idempotency-key": "k"})
    assert answer.status_code == 415
