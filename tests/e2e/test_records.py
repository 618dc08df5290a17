"""What is kept and told beside the answers, by real processes: the audit log, repeats, and traces."""

import http.client
import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.conftest import PROJECT, wait_until

pytestmark = pytest.mark.e2e

WORKERS = ("--workers", "2")


def ask(service, body, headers=None, path="/predict"):
    connection = service.connect()
    try:
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def audit(*arguments):
    command = [sys.executable, "-m", "service.audit", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


# --- The audit log ----------------------------------------------------------------------------------


def test_two_workers_keep_one_audit_log_which_is_whole_over_a_kill_a_rotation_and_a_stop(
    serve, shipped_bundle, golden, tmp_path
):
    log = tmp_path / "audit.ndjson"
    service = serve(shipped_bundle, "--port", "0", *WORKERS, "--audit", log).await_ready()
    record = golden["records"][0]

    def many(_):
        try:
            return ask(service, record)[0]
        except (OSError, http.client.HTTPException):  # on the worker that was killed
            return 0

    with ThreadPoolExecutor(8) as pool:
        before = list(pool.map(many, range(100)))
        first = log.rename(tmp_path / "audit.1")
        pids = {event["pid"] for event in service.events() if event["event"] == "listening"}
        subprocess.run(["kill", "-KILL", str(max(pids))], check=True, timeout=10)
        after = list(pool.map(many, range(100)))
        wait_until(lambda: many(0) == 200, "an answer")
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    told = [event for event in service.events() if event["event"] == "audit"]
    assert {event["file"] for event in told} == {str(log)}
    found = audit("verify", "--head", told[-1]["digest"], first, log)
    assert found.returncode == 0, found.stderr
    assert int(found.stdout.split()[0].replace(",", "")) >= (before + after).count(200) + 1


def test_a_customer_is_found_in_the_log_and_a_changed_line_is_named(serve, shipped_bundle, golden, tmp_path):
    log, asked = tmp_path / "audit.ndjson", tmp_path / "customer.json"
    service = serve(shipped_bundle, "--port", "0", "--audit", log).await_ready()
    answers = [ask(service, record)[1]["x-request-id"] for record in golden["records"][:3]]
    asked.write_text(json.dumps(golden["records"][1]))
    found = audit("find", "--bundle", shipped_bundle, "--records", asked, log)
    assert [json.loads(line)["request_id"] for line in found.stdout.splitlines()] == [answers[1]]
    log.write_text(log.read_text().replace(answers[1], "0" * len(answers[1])))
    found = audit("verify", log)
    assert found.returncode == 2
    assert found.stderr == f"Line 3 of {log} does not follow line 2 as that is now: line 2 was changed.\n"


@pytest.mark.parametrize("what", ["a table", "a folder"])
def test_what_can_be_no_audit_log_is_a_sentence_before_anything_is_served(serve, shipped_bundle, tmp_path, what):
    path = tmp_path
    if what == "a table":
        path = tmp_path / "customers.csv"
        path.write_text("tenure\n1\n")
    service = serve(shipped_bundle, "--port", "0", "--audit", path)
    assert service.wait() == 2
    assert str(path) in service.err.read_text()


# --- Repeats ------------------------------------------------------------------------------------------


def test_whichever_worker_is_asked_a_repeat_gets_the_answer_and_another_body_is_refused(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", *WORKERS).await_ready()
    first, second = golden["records"][:2]
    status, _, given = ask(service, first, {"idempotency-key": "k"})
    assert status == 200
    for _ in range(30):  # new connections, which go to either
        status, headers, again = ask(service, first, {"idempotency-key": "k"})
        assert (status, headers["idempotency-replayed"], again) == (200, "true", given)
        assert ask(service, second, {"idempotency-key": "k"})[0] == 422
    scored = 'churn_records_total{outcome="scored"} 1.0'
    assert scored in service.ask("GET", "/metrics")[1]


def test_of_many_who_send_the_same_at_once_one_is_worked_for(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", *WORKERS).await_ready()
    body = [golden["records"][0]] * 2_000
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(service, body, {"idempotency-key": "k"}), range(16)))
    statuses = [status for status, _, _ in found]
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert len({answer for status, _, answer in found if status == 200}) == 1
    assert all(headers["retry-after"] == "1" for status, headers, _ in found if status == 409)
    assert 'churn_records_total{outcome="scored"} 2000.0' in service.ask("GET", "/metrics")[1]


# --- Traces -------------------------------------------------------------------------------------------

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector():
    """An OpenTelemetry collector, as far as spans are sent to one: its address, and the spans that have come."""
    spans = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            for resource in sent.resource_spans:
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()
        thread.join()


def test_spans_reach_a_collector_also_those_from_just_before_the_stop(serve, shipped_bundle, golden, collector):
    address, spans = collector
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
    service = serve(shipped_bundle, "--port", "0", *WORKERS, env=environment).await_ready()
    answers = [
        ask(service, record, {"traceparent": f"00-{TRACE}-{SPAN}-01"})[1]["traceresponse"]
        for record in golden["records"][:10]
    ]
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    of_trace = [span for span in spans if span.trace_id.hex() == TRACE]
    assert {f"00-{TRACE}-{span.span_id.hex()}-01" for span in of_trace} == set(answers)
    assert {(span.name, span.parent_span_id.hex()) for span in of_trace} == {("POST /predict", SPAN)}


def test_a_collector_that_is_gone_costs_no_answer_and_no_time(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", "--otlp-endpoint", "http://127.0.0.1:9").await_ready()
    assert ask(service, golden["records"][0])[0] == 200
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
