"""Health, model, schema, documentation, metrics, and the log."""

import asyncio
import json
import re
import threading
from datetime import date

import pytest

from churn.engines.base import FakeEngine
from churn.errors import EngineError
from churn.scoring import Scorer
from service.pages.docs import ANY_ORIGIN, served_at
from service.settings import EXPLAINED_RECORDS
from tests.unit.service.conftest import SCHEMA


def test_the_process_is_alive_before_the_model_is_loaded(start):
    with start() as client:
        assert client.get("/health/live").json() == {"status": "alive"}


def test_it_is_ready_only_when_the_golden_rows_were_reproduced(start, open_fake, record):
    may_load = threading.Event()

    def open_slowly(*arguments):
        may_load.wait(5)
        return open_fake(*arguments)

    with start(open_scorer=open_slowly) as client:
        before = client.get("/health/ready")
        assert before.status_code == 503
        assert before.json()["detail"] == "The model is being loaded."
        assert before.headers["retry-after"] == "1"
        assert before.headers["content-type"] == "application/problem+json"
        refused = client.predict(record)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        may_load.set()
        client.await_loaded()
        assert client.get("/health/ready").json() == {"status": "ready"}
        assert client.ask("HEAD", "/health/ready").status_code == 200
        assert client.predict(record).status_code == 200


def await_event(client, name):
    async def logged():
        while not any(line["event"] == name for line in client.log()):  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    client.run(asyncio.wait_for(logged(), 5))


def test_golden_rows_that_differ_keep_it_from_ever_being_ready_and_it_says_why(start, bundle, record):
    bundle.golden["probabilities"][:] = [0.7]
    with start() as client:
        await_event(client, "not_ready")
        assert "golden rows were not reproduced" in client.get("/health/ready").json()["detail"]
        assert client.predict(record).status_code == 503
        assert client.get("/health/live").status_code == 200
        assert client.app.serving.fault is None


def test_a_model_that_cannot_be_loaded_is_a_fault(start):
    def fails(bundle, engine, as_of):
        raise EngineError("The reference engine needs tensorflow, which is not installed.")

    with start(open_scorer=fails) as client:
        await_event(client, "not_ready")
        assert "needs tensorflow" in client.get("/health/ready").json()["detail"]
        assert isinstance(client.app.serving.fault, EngineError)


def test_whatever_a_model_library_raises_is_told_without_its_message(start):
    def fails(bundle, engine, as_of):
        raise KeyError("secret")

    with start(open_scorer=fails) as client:
        await_event(client, "not_ready")
        assert "could not be loaded" in client.get("/health/ready").json()["detail"]
        assert "secret" not in json.dumps(client.log())
        assert any("fails" in line for event in client.log() if event["event"] == "failure" for line in event["stack"])


def test_a_draining_service_is_not_ready_but_answers_and_closes_connections(client, record):
    client.app.serving.drain()
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.headers["connection"]) == (503, "close")
    assert "stopping" in ready.json()["detail"]
    answer = client.predict(record)
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")


def test_the_model_is_described_without_file_digests(client, bundle):
    facts = client.get("/model").json()
    assert (facts["name"], facts["version"], facts["engine"]) == ("telco", "2024-06-30.1", "compiled")
    assert facts["metrics"] == {"roc_auc": 0.85}
    assert facts["bands"] == {"medium": 0.3, "high": 0.6}
    assert facts["as_of"] == "2024-06-30"
    assert facts["schema_digest"] == bundle.schema.digest()
    assert "files" not in facts


def test_the_schema_is_shown_as_it_is_and_as_json_schema(client, bundle):
    shown = client.get("/schema").json()
    assert shown["fields"] == json.loads(json.dumps(bundle.schema.to_json()["fields"]))
    record = shown["record"]
    assert record["additionalProperties"] is False
    assert set(record["required"]) == {f.name for f in bundle.schema.fields if not f.nullable}
    assert record["properties"]["tenure"]["x-unit"] == "months"
    assert record["properties"]["tenure"]["x-training-range"] == [0.0, 72.0]
    assert record["properties"]["calls"]["maximum"] == 99.5
    assert "minimum" not in record["properties"]["share"]  # its sentinel lies below
    assert record["properties"]["contract"]["x-levels"] == ["month", "year"]
    assert record["properties"]["total"]["type"] == ["number", "null"]


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [inner] if key == "$ref" else references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_openapi_holds_what_it_refers_to(client):
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_openapi_names_every_path_and_every_error(client):
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/predict", "/explain", "/decide", "/whatif",
        "/health/live", "/health/ready", "/model", "/schema", "/metrics", "/docs",
    }  # fmt: skip
    for path in ("/predict", "/explain", "/decide", "/whatif"):
        responses = document["paths"][path]["post"]["responses"]
        repeated = {"409"} if path in {"/predict", "/decide"} else set()
        usual = {"200", "400", "408", "413", "414", "415", "422", "429", "431", "500", "501", "503"}
        assert set(responses) == usual | repeated
        assert all("application/problem+json" in r["content"] for s, r in responses.items() if s != "200")


@pytest.mark.parametrize("name", ["array", "single"])
def test_the_examples_of_openapi_are_answered(client, name):
    body = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    answer = client.predict(body["content"]["application/json"]["examples"][name]["value"])
    assert answer.status_code == 200, answer.text


def test_the_docs_need_nothing_from_elsewhere(client, bundle):
    answer = client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:|//)|<script>|@import""", answer.text)
    assert all(field.name in answer.text for field in bundle.schema.fields)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_type_of_every_problem_leads_to_its_place_in_the_docs(client):
    page = client.get("/docs").text
    for answer in (client.get("/nowhere"), client.post("["), client.post("[]"), client.ask("GET", "/predict")):
        assert f'id="{answer.json()["type"].removeprefix("/docs#")}"' in page


def test_requests_records_and_warnings_are_counted(client, record):
    client.predict([record, {**record, "contract": "x"}])
    client.predict([record, 5], "?on_error=report")
    client.predict([5])
    client.get("/some/secret/path")
    text = client.get("/metrics").text
    assert 'churn_requests_total{route="/predict",status="200"} 2.0' in text
    assert 'churn_requests_total{route="/predict",status="422"} 1.0' in text
    assert 'churn_requests_total{route="other",status="404"} 1.0' in text
    assert 'churn_records_total{outcome="scored"} 3.0' in text
    assert 'churn_records_total{outcome="refused"} 2.0' in text
    assert 'churn_warnings_total{code="unseen_level"} 1.0' in text
    assert 'churn_request_duration_seconds_count{route="/predict"} 3.0' in text
    assert "churn_ready 1.0" in text
    assert "secret" not in text


def test_two_services_in_one_process_count_apart(start, record):
    with start() as first, start() as second:
        first.await_loaded()
        second.await_loaded()
        first.predict(record)
        assert 'route="/predict"' in first.get("/metrics").text
        assert 'route="/predict"' not in second.get("/metrics").text


def test_each_request_is_one_line_of_json(client, record):
    client.predict([record, {**record, "contract": "x"}])
    line = client.log()[-1]
    assert line.pop("time").endswith("Z")
    assert line.pop("duration_ms") > 0
    assert re.fullmatch("[0-9a-f]{32}", line.pop("request_id"))
    assert line == {
        "level": "info", "event": "request", "method": "POST", "route": "/predict", "status": 200,
        "scored": 2, "refused": 0, "warnings": {"unseen_level": 1},
    }  # fmt: skip


def test_no_log_line_holds_anything_of_a_record_a_path_or_a_query(client, record):
    personal = "Jane-Doe-4711"
    client.predict({**record, "customer_id": personal, "contract": personal})
    client.predict({**record, "customer_id": personal, "tenure": personal, personal: 1})
    client.predict({**record, "tenure": personal}, f"?on_error={personal}")
    client.post(f'{{"{personal}":')
    client.get(f"/customers/{personal}?name={personal}")
    assert len([line for line in client.log() if line["event"] == "request"]) == 5
    assert personal not in json.dumps(client.log())


def test_an_unexpected_error_shows_no_stack_to_the_caller_and_no_value_to_the_log(start, record):
    class Fails(FakeEngine):
        def predict(self, columns):
            if self.calls:
                raise ValueError("could not convert Jane-Doe-4711")
            return super().predict(columns)

    with start(open_scorer=lambda b, e, a: Scorer(b.schema, Fails(), 0.4, (0.3, 0.6))) as client:
        client.await_loaded()
        answer = client.predict(record)
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert document["instance"] == answer.headers["x-request-id"]
        assert "Traceback" not in answer.text
        assert "ValueError" not in answer.text
        failure, request = client.log()[-2:]
        assert (failure["event"], failure["level"], failure["exception"]) == ("failure", "error", "ValueError")
        assert failure["request_id"] == request["request_id"] == document["instance"]
        assert any("predict" in frame for frame in failure["stack"])
        assert "Jane-Doe" not in json.dumps(client.log())


def test_an_unexpected_error_in_a_reading_is_answered_alike(client):
    @client.app.get("/broken")
    async def broken():
        raise RuntimeError("Jane-Doe-4711")

    answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["instance"]
    assert "Jane-Doe" not in answer.text + json.dumps(client.log())


def test_a_caller_who_hangs_up_is_noted_and_nothing_is_sent(client):
    sent = []

    async def gone():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/predict", "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    client.run(client.app(scope, gone, send))
    assert not sent
    assert client.log()[-1]["status"] == 499


def test_a_request_that_is_cancelled_by_the_stop_is_answered(client):
    sent = []

    async def never():
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/predict", "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip

    async def cancelled():
        task = asyncio.create_task(client.app(scope, never, send))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    client.run(cancelled())
    assert sent[0]["status"] == 408


def test_at_level_warning_requests_are_not_logged(start, record):
    with start(log_level="warning") as client:
        client.await_loaded()
        client.predict(record)
        assert client.log() == []


def test_a_reload_that_fails_leaves_what_was_loaded_serving(start, bundle, open_fake, record):
    opened = []

    def open_once(*arguments):
        opened.append(arguments)
        if len(opened) > 1:
            raise EngineError("The model file is gone.")
        return open_fake(*arguments)

    with start(open_scorer=open_once, as_of="today") as client:
        client.await_loaded()
        client.app.loader.load(bundle, date(2030, 1, 1))
        assert opened[-1][2] == date(2030, 1, 1)
        assert client.predict(record).status_code == 200
        assert client.get("/health/ready").status_code == 200
        assert client.log()[-3]["event"] == "not_reloaded"


def test_what_cannot_be_made_of_a_bundle_stops_the_service_with_a_sentence(start, monkeypatch):
    def fail(*_):
        raise KeyError("background")

    monkeypatch.setattr("service.loading.answering", fail)
    with start() as client:
        client.await_loaded()
        assert "could not be loaded" in str(client.app.serving.fault)


def test_every_integer_of_a_record_has_its_bounds_in_openapi(client):
    described = client.get("/openapi.json").json()["components"]["schemas"]["Record"]["properties"]
    integers = {name: each for name, each in described.items() if "integer" in each.get("type", ())}
    assert {"tenure", "calls", "senior", "customer_id"} <= set(integers)
    assert all({"minimum", "maximum"} <= set(each) for each in integers.values())
    assert (integers["tenure"]["minimum"], integers["tenure"]["maximum"]) == (-(2**63), 2**63 - 1)
    assert (integers["calls"]["minimum"], integers["calls"]["maximum"]) == (0, 99.5)


def test_the_day_moves_on_while_it_serves(start, bundle, record):
    with start(as_of="today") as client:
        client.await_loaded()
        client.app.loader.load(bundle, date(2030, 1, 1))
        assert client.get("/model").json()["as_of"] == "2030-01-01"


def test_the_examples_at_docs_have_the_address_that_the_page_is_read_at(client):
    assert "curl http://churn.example:81/predict" in client.get("/docs", headers={"Host": "churn.example:81"}).text
    assert "localhost:8000" not in client.get("/docs", headers={"Host": "churn.example:81"}).text


@pytest.mark.parametrize("host", ['a"><script>alert(1)</script>', "a b", "a'"])
def test_an_address_that_is_none_is_not_put_into_the_page(host):
    assert served_at(f"curl {ANY_ORIGIN}/predict", f"http://{host}") == f"curl {ANY_ORIGIN}/predict"


def test_openapi_says_how_many_records_get_reasons_at_the_most(client):
    document = client.get("/openapi.json").json()
    body = document["paths"]["/explain"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    described = document["components"]["schemas"][body["oneOf"][0]["$ref"].rpartition("/")[2]]
    assert described["maxItems"] == EXPLAINED_RECORDS < document["components"]["schemas"]["Records"]["maxItems"]


def test_openapi_says_which_fields_a_question_may_name(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for member in ("changes", "try"):
        named = schemas["WhatIfQuestion"]["properties"][member]["propertyNames"]["enum"]
        assert named == [field.name for field in SCHEMA.fields]
    (text,) = [form for form in schemas["DecideQuestion"]["properties"]["value"]["anyOf"] if form["type"] == "string"]
    assert text["enum"] == ["tenure", "charges", "total", "share", "calls"]
    assert schemas["DecideQuestion"]["properties"]["explain"]["maximum"] == len(SCHEMA.fields)


def test_openapi_says_that_a_budget_is_one_of_two(client):
    assert client.get("/openapi.json").json()["components"]["schemas"]["BudgetQuestion"]["maxProperties"] == 1
