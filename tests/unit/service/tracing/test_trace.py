"""W3C Trace Context: https://www.w3.org/TR/trace-context/, whose example and test cases are used."""

import json

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from service.tracing.record import Recorder
from service.tracing.trace import SAMPLED, Parent, read_parent
from tests.unit.service.conftest import DOORS, JSON

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.mark.parametrize(
    ("sent", "flags"),
    [(SENT, 1), (f"00-{TRACE}-{SPAN}-00", 0), (f"00-{TRACE}-{SPAN}-fe", 0), (f"cc-{TRACE}-{SPAN}-01-what-ever", 1)],
)
def test_what_is_valid_is_read(sent, flags):
    assert read_parent(sent.encode()) == Parent(TRACE, SPAN, flags)


@pytest.mark.parametrize(
    "sent",
    [
        "", "00", f"ff-{TRACE}-{SPAN}-01", f"00-{TRACE.upper()}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE}-{SPAN}-01-more", f"00-{TRACE}-{SPAN}", f"cc-{TRACE}-{SPAN}-01.x",
        f"00-{TRACE[:-1]}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01\n", f" {SENT}", "é" * 55, "0" * 60_000,
    ],
)  # fmt: skip
def test_what_is_not_is_ignored(sent):
    assert read_parent(sent.encode("latin-1")) is None


def test_a_caller_without_a_trace_has_none(client, record):
    answer = client.predict(record)
    assert "traceresponse" not in answer.headers
    assert all("trace_id" not in line for line in client.log())


@pytest.fixture
def client(start):
    with start() as client:
        client.await_loaded()
        yield client


@pytest.mark.parametrize("path", ["/predict", "/predict?explain=0", "/model", "/nowhere"])
def test_answer_and_log_line_name_the_trace_and_our_part_of_it(client, record, path):
    headers = {**JSON, "traceparent": SENT}
    method = "GET" if path == "/model" else "POST"
    answer = client.ask(method, path, headers=headers, content=json.dumps(record))
    version, trace, span, flags = answer.headers["traceresponse"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert len(span) == 16
    assert span != SPAN
    [line] = [line for line in client.log() if line["event"] == "request"]
    assert (line["trace_id"], line["span_id"]) == (TRACE, span)


def test_each_request_has_a_part_of_its_own(client, record):
    spans = {
        client.post(json.dumps(record), headers={**JSON, "traceparent": SENT}).headers["traceresponse"]
        for _ in range(3)
    }
    assert len(spans) == 3


# --- recorded by OpenTelemetry ----------------------------------------------------------------------


@pytest.fixture
def recorded(client):
    exporter = InMemorySpanExporter()
    recorder = Recorder("http://localhost:1", exporter)
    client.app.edge._record = recorder

    def spans():
        recorder._provider.force_flush()
        return exporter.get_finished_spans()

    yield spans
    recorder.close()


def test_a_span_is_within_the_callers_trace_and_holds_nothing_of_a_record(client, recorded, record):
    headers = {**JSON, "traceparent": SENT, "tracestate": "vendor=1", "x-request-id": "mine"}
    answer = client.post(json.dumps([record, record]), headers=headers)
    [span] = recorded()
    assert f"00-{TRACE}-{span.context.span_id:016x}-01" == answer.headers["traceresponse"]
    assert (f"{span.parent.span_id:016x}", span.parent.trace_state.get("vendor")) == (SPAN, "1")
    assert (span.name, span.kind, span.status.status_code) == ("POST /predict", SpanKind.SERVER, StatusCode.UNSET)
    assert dict(span.attributes) == {
        "http.request.method": "POST", "http.route": "/predict", "http.response.status_code": 200,
        "churn.request_id": "mine", "churn.records.scored": 2, "churn.records.refused": 0,
        "churn.model.version": "2024-06-30.1",
    }  # fmt: skip
    assert span.resource.attributes["service.name"] == "churn-service"


def test_without_a_callers_trace_one_begins_here(client, recorded, record):
    answer = client.predict(record)
    [span] = recorded()
    assert span.parent is None
    version, trace, part, flags = answer.headers["traceresponse"].split("-")
    assert (version, int(trace, 16), int(part, 16)) == ("00", span.context.trace_id, span.context.span_id)
    assert int(flags, 16) & SAMPLED


def test_a_caller_who_does_not_record_is_not_recorded_here(client, recorded, record):
    client.post(json.dumps(record), headers={**JSON, "traceparent": f"00-{TRACE}-{SPAN}-00"})
    assert not recorded()


def test_a_fault_of_ours_is_an_error_and_a_wrong_record_is_none(client, recorded, record, monkeypatch):
    client.predict({**record, "tenure": "x"})
    monkeypatch.setattr("churn.scoring.Scorer.answer", lambda *_: 1 / 0)
    client.predict(record)
    assert [span.status.status_code for span in recorded()] == [StatusCode.UNSET, StatusCode.ERROR]


def test_a_path_that_is_not_known_makes_no_name_of_its_own(client, recorded):
    client.get("/secret/of/a/customer")
    [span] = recorded()
    assert span.name == "GET other"
    assert "secret" not in str(span.to_json())
