"""Who may ask what, by the app and by the bytes of a connection."""

import asyncio
import json
import os
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.dialects.spoken import LABELS
from service.keys.file import new_key, write_keys
from service.keys.gate import NEEDED, OPEN, OPEN_BELOW
from tests.unit.service.conftest import DOORS, JSON
from tests.unit.service.wire import connect

SCOPED = {"predict": ["predict"], "explain": ["explain"], "both": ["predict", "explain"], "metrics": ["metrics"],
          "admin": ["admin"]}  # fmt: skip


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture
def made():
    """A key for each set of scopes: its text, and what is kept."""
    return {name: new_key(name, scopes) for name, scopes in SCOPED.items()}


@pytest.fixture
def path(tmp_path, made):
    path = tmp_path / "keys.json"
    write_keys(path, [key for _, key in made.values()])
    return path


@pytest.fixture
def client(start, path):
    with start(keys=path) as client:
        client.await_loaded()
        yield client


def bearer(made, name):
    return {**JSON, "authorization": f"Bearer {made[name][0]}"}


def question(path, record):
    bodies = {
        "/decide": {"records": [record], "value": 1, "contact_cost": 0, "contact_success": 1},
        "/whatif": {"record": record, "changes": {"contract": "year"}},
    }
    return json.dumps(bodies.get(path, record))


ALLOWED = {
    ("POST", "/predict"): {"predict", "both", "admin"},
    ("POST", "/decide"): {"predict", "both", "admin"},
    ("POST", "/whatif"): {"predict", "both", "admin"},
    ("POST", "/explain"): {"explain", "both", "admin"},
    ("POST", "/predict?explain=2"): {"both", "admin"},
    ("POST", "/predict?%65xplain=2"): {"both", "admin"},
    ("GET", "/metrics"): {"metrics", "admin"},
    ("GET", "/console/lists"): {"admin"},
    ("POST", "/console/lists/some/rows"): {"admin"},
    ("POST", "/console/lists"): {"admin"},
}


@pytest.mark.parametrize(("method", "path_asked"), ALLOWED)
def test_a_key_opens_what_its_scopes_say(client, made, record, method, path_asked):
    for name in SCOPED:
        answer = client.ask(method, path_asked, content=question(path_asked, record), headers=bearer(made, name))
        if name in ALLOWED[method, path_asked]:
            assert answer.status_code not in {401, 403}, (name, answer.text)
        else:
            assert (answer.status_code, answer.json()["type"]) == (403, "/docs#forbidden"), name
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


WRONG = {
    "missing": {},
    "another scheme": {"authorization": "Basic Y3JtOnNlY3JldA=="},
    "empty": {"authorization": "Bearer"},
    "unknown": {"authorization": f"Bearer {new_key('x', ['admin'])[0]}"},
    "unknown, the other header": {"x-api-key": new_key("x", ["admin"])[0]},
    "long": {"authorization": "Bearer " + "k" * 30_000},
    "not ASCII": {"x-api-key": b"\xff" * 46},
}


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("asked", ["/predict", "/explain", "/decide", "/metrics", "/console/lists", "/nothing/here"])
def test_wrong_keys_are_refused(client, record, sent, asked):
    answer = client.ask("POST", asked, content=question(asked, record), headers={**JSON, **sent})
    document = answer.json()
    assert (answer.status_code, document["type"]) == (401, "/docs#unauthorized")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith('Bearer realm="churn"')
    assert "Authorization: Bearer KEY" in document["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("headers", [lambda key: {"x-api-key": key}, lambda key: {"authorization": f"bEARER {key}"},
                                     lambda key: {"authorization": "Basic Zm9v", "x-api-key": key}])  # fmt: skip
def test_a_key_may_come_by_either_header(client, made, record, headers):
    answer = client.post(json.dumps(record), headers={**JSON, **headers(made["predict"][0])})
    assert answer.status_code == 200


def test_what_tells_of_the_service_is_open(client):
    descriptions = ("/openapi.json", "/openapi-3.0.json", "/swagger-2.0.json")
    for path in ("/", "/console/assets/main.js", "/docs", *descriptions, "/schema", "/model", "/health/live"):
        assert client.get(path).status_code == 200, path
    assert client.get("/health/ready").status_code == 200
    assert client.get("/report").status_code == 404  # a bundle made by hand has none


def test_every_route_has_its_scope_or_is_open_on_purpose(client):
    def routes(router):
        for route in router.routes:
            inner = getattr(route, "original_router", None)
            yield from routes(inner) if inner is not None else [route.path]

    found = {*routes(client.app), *client.app.edge._endpoints}
    lists = {path for path in found if path.startswith("/console/lists")}
    assert len(lists) == 6
    spoken = {path for path in found if client.app.edge._route(path) in LABELS}
    assert found - lists - spoken - NEEDED.keys() - OPEN - {f"{below}{{name}}" for below in OPEN_BELOW} == set()
    gate = client.app.edge.gate
    asked = {path for path in spoken if path.endswith((":predict", ":explain", "/infer", "/invocations"))}
    assert {path: gate._needed[path] for path in asked} == {
        path: "explain" if path.endswith(":explain") else "predict" for path in asked
    }
    assert spoken & gate._open_paths == spoken - asked


def test_decisions_come_without_reasons_for_a_key_that_is_not_for_them(client, made, record):
    asked = {**json.loads(question("/decide", record)), "explain": 1}
    answer = client.post(json.dumps(asked), "/decide", bearer(made, "predict"))
    assert answer.status_code == 403
    assert "explain" in answer.json()["detail"]
    assert client.post(json.dumps({**asked, "explain": 0}), "/decide", bearer(made, "predict")).status_code == 200
    assert client.post(json.dumps(asked), "/decide", bearer(made, "both")).status_code == 501  # no background here


def test_openapi_says_what_needs_a_key(client, start):
    document = client.get("/openapi.json").json()
    secured = {path for path, item in document["paths"].items() for one in item.values() if "security" in one}
    assert secured == set(NEEDED)
    assert {"401", "403"} <= document["paths"]["/metrics"]["get"]["responses"].keys()
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}


def test_refused_is_counted_and_the_log_has_one_line_and_no_key(client, made, record):
    secret = new_key("x", ["predict"])[0]
    for _ in range(300):
        client.post(json.dumps(record), headers={**JSON, "authorization": f"Bearer {secret}"})
    for _ in range(20):
        client.post(json.dumps(record), headers=bearer(made, "metrics"))
    client.app.edge.gate.tell()
    lines = client.log()
    denied = [line for line in lines if line["event"] == "denied"]
    assert sum(line.get("unauthorized", 0) for line in denied) == 300
    assert sum(line.get("forbidden", 0) for line in denied) == 20
    assert len(denied) <= 30  # one a second, on a machine as slow as you like
    assert [line for line in lines if line["event"] == "request"] == []
    told = client.get("/metrics", headers=bearer(made, "metrics")).text
    counts = {
        (one.labels["route"], one.labels["status"]): one.value
        for family in text_string_to_metric_families(told)
        for one in family.samples
        if one.name == "churn_requests_total"
    }
    assert (counts["/predict", "401"], counts["/predict", "403"]) == (300, 20)
    text = json.dumps(client.log())
    assert not any(key in text for key in (secret, *(text for text, _ in made.values())))


def test_a_key_is_judged_before_a_body_is_read(client, made):
    async def only_the_head(headers):
        connection, wire = connect(client.app)
        head = [b"POST /predict HTTP/1.1", b"Host: x", b"Content-Type: application/json", b"Content-Length: 500"]
        connection.data_received(b"\r\n".join([*head, *headers, b"", b""]))
        for _ in range(50):
            await asyncio.sleep(0)
        found = wire.written.partition(b"\r\n")[0]
        connection.connection_lost(None)
        return found

    metrics = b"Authorization: Bearer " + made["metrics"][0].encode()
    right = b"Authorization: Bearer " + made["predict"][0].encode()
    assert client.run(only_the_head([])) == b"HTTP/1.1 401 Unauthorized"
    assert client.run(only_the_head([metrics])) == b"HTTP/1.1 403 Forbidden"
    assert client.run(only_the_head([right])) == b""


def changed(client, path, keys):
    """Write another file, and have it looked at as the service does once a second."""
    write_keys(path, keys)
    client.app.edge.gate.ring.refresh()


def test_a_changed_file_counts_without_a_restart(client, path, made, record):
    text, key = new_key("new", ["predict"])
    sent = json.dumps(record)
    assert client.post(sent, headers={**JSON, "x-api-key": text}).status_code == 401
    changed(client, path, [key, made["predict"][1]])
    assert client.post(sent, headers={**JSON, "x-api-key": text}).status_code == 200
    assert client.post(sent, headers=bearer(made, "predict")).status_code == 200
    assert client.post(sent, headers=bearer(made, "both")).status_code == 401
    changed(client, path, [key])
    assert client.post(sent, headers=bearer(made, "predict")).status_code == 401


@pytest.mark.parametrize("damage", [lambda path: path.write_text("{"), os.unlink])
def test_a_file_that_is_damaged_later_leaves_the_keys_and_is_told_once(client, path, made, record, damage):
    damage(path)
    for _ in range(5):
        client.app.edge.gate.ring.refresh()
    assert client.post(json.dumps(record), headers=bearer(made, "predict")).status_code == 200
    (told,) = [line for line in client.log() if line["event"] == "keys" and line["level"] == "warning"]
    assert "the keys stay as they were" in told["sentence"]
    changed(client, path, [])
    assert client.post(json.dumps(record), headers=bearer(made, "predict")).status_code == 401


def test_a_service_that_finds_a_damaged_file_lets_nobody_in(start, path, made, record):
    path.write_text("{")
    with start(keys=path) as client:
        client.await_loaded()
        assert client.post(json.dumps(record), headers=bearer(made, "admin")).status_code == 401


def test_the_file_is_looked_at_while_the_service_runs(client, path, made, record, monkeypatch):
    write_keys(path, [])

    async def wait():
        while client.app.edge.gate.ring.callers:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.02)

    start_s = time.monotonic()
    client.run(asyncio.wait_for(wait(), 20))
    assert time.monotonic() - start_s < 20
    assert client.post(json.dumps(record), headers=bearer(made, "predict")).status_code == 401


def test_a_key_over_its_rows_a_minute_waits_and_others_do_not(start, path, made, record):
    with start(keys=path, rate_rows=10, workers=1) as client:
        client.await_loaded()
        many = json.dumps([record] * 25)
        assert client.post(many, headers=bearer(made, "predict")).status_code == 200
        for _ in range(3):
            answer = client.post(json.dumps(record), headers=bearer(made, "predict"))
            assert (answer.status_code, answer.json()["type"]) == (429, "/docs#rate-limited")
            assert 60 <= int(answer.headers["retry-after"]) <= 97
            assert "10 rows a minute" in answer.json()["detail"]
        assert client.post(json.dumps(record), headers=bearer(made, "both")).status_code == 200
        assert client.get("/model").status_code == 200


def test_refused_records_count_as_well(start, path, made, record):
    with start(keys=path, rate_rows=10) as client:
        client.await_loaded()
        assert client.post(json.dumps([7] * 30), headers=bearer(made, "predict")).status_code == 422
        assert client.post(json.dumps(record), headers=bearer(made, "predict")).status_code == 429


def test_each_worker_has_its_share(start, path, made, record):
    with start(keys=path, rate_rows=8, workers=4) as client:
        client.await_loaded()
        statuses = [client.post(json.dumps(record), headers=bearer(made, "predict")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_a_key_may_have_a_limit_of_its_own_which_outlives_a_change_of_the_file(start, path, record):
    text, key = new_key("slow", ["predict"], rate_rows=1)
    write_keys(path, [key])
    sent = {**JSON, "x-api-key": text}
    with start(keys=path, rate_rows=1_000) as client:
        client.await_loaded()
        assert client.post(json.dumps(record), headers=sent).status_code == 200
        changed(client, path, [key, new_key("other", ["predict"])[1]])
        assert client.post(json.dumps(record), headers=sent).status_code == 429


@pytest.mark.parametrize("asked", ["/", "/model", "/docs", "/nothing", "/health/ready", "/console/assets/style.css"])
def test_no_answer_is_taken_for_another_type_and_none_is_for_other_sites(start, asked):
    with start() as client:
        client.await_loaded()
        for method in ("GET", "OPTIONS", "POST"):
            answer = client.ask(method, asked, headers={"origin": "https://example.com"})
            assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
            assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_short_answer_has_the_header_too(client, made, record):
    answer = client.post(json.dumps(record), headers=bearer(made, "predict"))
    assert answer.status_code == 200
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


def test_what_is_no_http_is_refused_with_the_header_too(client):
    async def run():
        connection, wire = connect(client.app)
        connection.data_received(b"no such thing\r\n\r\n")
        await asyncio.sleep(0)
        connection.connection_lost(None)
        return wire

    wire = client.run(run())
    head, _, body = wire.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nx-content-type-options: nosniff\r\n" in head
    assert json.loads(body)["type"] == "/docs#malformed-http"
