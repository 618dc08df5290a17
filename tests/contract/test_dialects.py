"""What every dialect owes, by each door. A new one is finished when its lines are in ``tests/contract/dialects/table``.

Whoever changes the platform in front changes the form of the question, and nothing of the answer.
"""

from __future__ import annotations

import json
import threading

import pytest

from churn.bundle import open_bundle
from churn.engines.base import FakeEngine
from churn.errors import EngineError
from churn.scoring import Scorer
from service.api.deadline import HEADER as TIMEOUT
from service.batching import Batcher, QueueFullError
from service.dialects.spoken import LABELS, MAKERS
from service.keys.file import new_key, write_keys
from service.settings import DIALECTS
from tests.contract.dialects.bundles import ODD, odd_bundle, odd_records, telling
from tests.contract.dialects.table import SPEAKERS
from tests.contract.dialects.vertex import PATH
from tests.unit.service.conftest import DOORS, RECORD, SCHEMA, hand_made_bundle, running

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(params=SPEAKERS)
def speaker(request):
    return SPEAKERS[request.param]


@pytest.fixture(scope="module", params=DOORS)
def door(request):
    return request.param


@pytest.fixture(scope="module")
def usual(door, tmp_path_factory):
    """The service on a bundle made by hand, for what changes nothing of it."""
    with running(hand_made_bundle(tmp_path_factory.mktemp("usual")), door=door, vertex_predict=PATH) as client:
        client.await_loaded()
        yield client


@pytest.fixture
def start(door, tmp_path):
    """Starts the service with other settings."""
    return lambda **options: running(hand_made_bundle(tmp_path), door=door, **{"vertex_predict": PATH, **options})


@pytest.fixture(scope="module")
def odd(door, tmp_path_factory):
    with running(
        odd_bundle(tmp_path_factory.mktemp("odd")), open_scorer=telling, door=door, vertex_predict=PATH
    ) as client:
        client.await_loaded()
        yield client


@pytest.fixture(scope="module")
def shipped(door, shipped_bundle):
    with running(open_bundle(shipped_bundle), open_scorer=Scorer.open, door=door, vertex_predict=PATH) as client:
        client.await_loaded()
        yield client


def ask(client, speaker, records, schema=SCHEMA, headers=None):
    """Ask about customers in a dialect."""
    body, own = speaker.write(schema, records)
    return send(client, speaker, body, {**own, **(headers or {})})


def send(client, speaker, body, headers):
    name = client.app.serving.served.told["name"]
    return client.ask("POST", speaker.path(name), content=body, headers=headers)


def predicted(client, records):
    answer = client.predict(records)
    assert answer.status_code == 200, answer.text
    return [(each["churn_probability"], each["churn"], each["risk"]) for each in answer.json()["predictions"]]


def told(speaker, answer):
    assert answer.status_code == 200, answer.text
    return speaker.read(answer.content, answer.headers)


def refused(speaker, answer, status):
    """Return the sentence of an answer that refuses, in the dialect's form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    sentence = speaker.sentence(answer.content)
    assert len(answer.content) < 4_096
    return sentence


# --- Answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 16, 17, 2_000])
def test_fields_of_any_name_are_answered_as_by_predict(odd, speaker, count):
    records = odd_records(count)
    found = told(speaker, ask(odd, speaker, records, ODD))
    assert found == predicted(odd, records)
    assert len({probability for probability, _, _ in found}) > count * 0.9


@pytest.mark.parametrize("count", [1, 16, 17, 131, 2_000])
def test_golden_rows_are_answered_as_by_predict(shipped, speaker, shipped_bundle, count):
    bundle = open_bundle(shipped_bundle)
    golden = bundle.golden["records"]
    records = [golden[index % len(golden)] for index in range(count)]
    assert told(speaker, ask(shipped, speaker, records, bundle.schema)) == predicted(shipped, records)


@pytest.mark.parametrize("index", range(0, 40, 3))
def test_each_customer_alone_is_answered_as_by_predict(odd, speaker, index):
    records = odd_records(40)[index : index + 1]
    assert told(speaker, ask(odd, speaker, records, ODD)) == predicted(odd, records)


# --- What is wrong with a request --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, known in SPEAKERS.items() for case in known.bad])
def test_what_is_wrong_is_refused_with_what_would_be_right(usual, name, case):
    speaker = SPEAKERS[name]
    (body, headers), status, says = speaker.bad[case]
    sentence = refused(speaker, send(usual, speaker, body, headers), status)
    assert says in sentence
    assert sentence.endswith(".")


def test_whatever_is_wrong_the_next_is_answered(usual, speaker):
    for (body, headers), _, _ in speaker.bad.values():
        assert send(usual, speaker, body, headers).status_code < 500
    assert told(speaker, ask(usual, speaker, [RECORD])) == [(0.5, True, "medium")]


def test_another_method_type_or_encoding_is_refused(usual, speaker):
    path = speaker.path("telco")
    answer = usual.ask("GET", path)
    assert "takes POST, not GET" in refused(speaker, answer, 405)
    assert answer.headers["allow"] == "POST"
    body, headers = speaker.write(SCHEMA, [RECORD])
    other = send(usual, speaker, body, {**headers, "content-type": "text/html"})
    assert "text/html" in refused(speaker, other, 415)
    packed = send(usual, speaker, body, {**headers, "content-encoding": "gzip"})
    assert "send it plain" in refused(speaker, packed, 415)


def test_a_query_is_refused(usual, speaker):
    body, headers = speaker.write(SCHEMA, [RECORD])
    answer = usual.ask("POST", f"{speaker.path('telco')}?explain=3", content=body, headers=headers)
    assert "takes no query parameters" in refused(speaker, answer, 400)


def test_another_model_is_not_there(usual, speaker):
    if speaker.path("other") == speaker.path("telco"):
        pytest.skip("the path of this dialect names no model")
    body, headers = speaker.write(SCHEMA, [RECORD])
    refused(speaker, usual.ask("POST", speaker.path("other"), content=body, headers=headers), 404)


@pytest.mark.parametrize("count", [5, 2_000])
def test_more_records_than_may_come_are_refused(start, speaker, count):
    with start(max_records=4) as client:
        client.await_loaded()
        assert len(told(speaker, ask(client, speaker, [RECORD] * 4))) == 4
        assert "the limit is 4 records" in refused(speaker, ask(client, speaker, [RECORD] * count), 413)


def test_a_service_of_single_records_answers_one(start, speaker):
    with start(max_records=1) as client:
        client.await_loaded()
        assert len(told(speaker, ask(client, speaker, [RECORD]))) == 1
        assert "the limit is 1 records" in refused(speaker, ask(client, speaker, [RECORD] * 2), 413)


def test_a_larger_body_than_may_come_is_refused(start, speaker):
    with start(body_limit_bytes=2_000) as client:
        client.await_loaded()
        refused(speaker, ask(client, speaker, [RECORD] * 100), 413)


# --- Who may ask, and how much -----------------------------------------------------------------------


def test_keys_are_asked_for(start, speaker, tmp_path):
    keys = {scope: new_key(scope, [scope]) for scope in ("predict", "metrics")}
    write_keys(tmp_path / "keys.json", [key for _, key in keys.values()])
    with start(keys=tmp_path / "keys.json") as client:
        client.await_loaded()
        answer = ask(client, speaker, [RECORD])
        assert "API key" in refused(speaker, answer, 401)
        assert "www-authenticate" in answer.headers
        answer = ask(client, speaker, [RECORD], headers={"x-api-key": keys["metrics"][0]})
        assert 'needs the scope "predict"' in refused(speaker, answer, 403)
        assert told(speaker, ask(client, speaker, [RECORD], headers={"x-api-key": keys["predict"][0]}))


def test_rows_are_counted_against_the_rate(start, speaker, tmp_path):
    text, key = new_key("some", ["predict"])
    write_keys(tmp_path / "keys.json", [key])
    with start(keys=tmp_path / "keys.json", rate_rows=10) as client:
        client.await_loaded()
        assert told(speaker, ask(client, speaker, [RECORD] * 40, headers={"x-api-key": text}))
        answer = ask(client, speaker, [RECORD], headers={"x-api-key": text})
        assert "more than 10 rows a minute" in refused(speaker, answer, 429)
        assert int(answer.headers["retry-after"]) > 1


@pytest.mark.parametrize("step", ["check_room", "submit"])
def test_where_too_much_waits_it_is_to_come_again(usual, speaker, step, monkeypatch):
    def full(*_):
        raise QueueFullError("the request in front has waited for 0.5 s")

    monkeypatch.setattr(Batcher, step, full)
    answer = ask(usual, speaker, [RECORD])
    assert "the request in front has waited" in refused(speaker, answer, 429)
    assert answer.headers["retry-after"] == "1"


def test_the_time_that_a_caller_waits_is_kept(usual, speaker):
    assert told(speaker, ask(usual, speaker, [RECORD], headers={TIMEOUT.decode(): "60000"})) == [(0.5, True, "medium")]
    answer = ask(usual, speaker, [RECORD], headers={TIMEOUT.decode(): "soon"})
    assert "whole number of milliseconds" in refused(speaker, answer, 400)


# --- What is noted -------------------------------------------------------------------------------------


def metric(client, line):
    """Return the value of one line of the metrics; 0 where there is none yet."""
    found = [text for text in client.get("/metrics").text.splitlines() if text.startswith(f"{line} ")]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


@pytest.mark.parametrize("count", [2, 20])
def test_requests_and_records_are_counted(usual, speaker, count):
    requests = f'churn_requests_total{{route="{speaker.label}",status="200"}}'
    records = 'churn_records_total{outcome="scored"}'
    before = metric(usual, requests), metric(usual, records)
    told(speaker, ask(usual, speaker, [RECORD] * count))
    assert (metric(usual, requests), metric(usual, records)) == (before[0] + 1, before[1] + count)


@pytest.mark.parametrize("count", [2, 20])
def test_the_log_line_says_how_many_and_no_value(usual, speaker, count):
    answer = ask(usual, speaker, [RECORD] * count, headers={"x-request-id": f"mine-{count}"})
    assert answer.headers["x-request-id"] == f"mine-{count}"
    line = [each for each in usual.log() if each.get("request_id") == f"mine-{count}"][-1]
    assert (line["route"], line["status"], line["scored"], line["refused"]) == (speaker.label, 200, count, 0)
    assert "70.35" not in json.dumps(line)


def test_no_value_of_a_refused_record_is_logged(usual, speaker):
    refused(speaker, ask(usual, speaker, [{**RECORD, "joined": "very private"}]), 400)
    assert "private" not in json.dumps(usual.log())


@pytest.mark.parametrize("count", [2, 20])
def test_the_audit_log_has_the_answers(start, speaker, tmp_path, count):
    path = tmp_path / "audit.ndjson"
    with start(audit=path) as client:
        client.await_loaded()
        answer = ask(client, speaker, [RECORD] * count)
        line = json.loads(path.read_text().splitlines()[-1])
        assert line["request_id"] == answer.headers["x-request-id"]
        assert line["route"] == speaker.path("telco")
        assert [probability for _, probability in line["records"]] == [each[0] for each in told(speaker, answer)]


def test_a_trace_goes_on(usual, speaker):
    answer = ask(usual, speaker, [RECORD], headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert answer.status_code == 200
    assert answer.headers["traceresponse"].split("-")[1] == TRACE


# --- When we are at fault --------------------------------------------------------------------------------


def test_before_there_is_a_model_it_is_to_come_again(start, speaker):
    go_on = threading.Event()

    def slow(bundle, _engine, _as_of):
        assert go_on.wait(30)
        return Scorer(bundle.schema, FakeEngine(), 0.4, (0.3, 0.6))

    with start(open_scorer=slow) as client:
        try:
            answer = ask(client, speaker, [RECORD])
            assert refused(speaker, answer, 503) == "The model is being loaded."
            assert answer.headers["retry-after"] == "1"
        finally:
            go_on.set()
            client.await_loaded()


@pytest.mark.parametrize("count", [1, 20])
def test_a_fault_of_ours_is_said_in_the_same_form_and_logged(start, speaker, count):
    class Broken(FakeEngine):
        breaks = False

        def predict(self, columns):
            if self.breaks:
                raise EngineError("The engine is broken.")
            return super().predict(columns)

    engine = Broken()
    with start(open_scorer=lambda bundle, _engine, _as_of: Scorer(bundle.schema, engine, 0.4, (0.3, 0.6))) as client:
        client.await_loaded()
        engine.breaks = True
        answer = ask(client, speaker, [RECORD] * count)
        assert "broken" not in refused(speaker, answer, 500)
        fault = next(each for each in client.log() if each["event"] == "failure")
        assert fault["request_id"] == answer.headers["x-request-id"]


def test_where_it_is_not_spoken_there_is_nothing(start, speaker):
    with start(dialects=()) as client:
        client.await_loaded()
        answer = ask(client, speaker, [RECORD])
        assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-found")


def test_every_dialect_has_its_lines():
    assert {known.label for known in SPEAKERS.values()} == set(LABELS)
    assert len(LABELS) == len(DIALECTS) == len(MAKERS)
