"""Recording our part of each trace with OpenTelemetry, for a collector that takes OTLP over HTTP.

Spans are sent in batches by a thread. A collector that cannot be reached costs spans, never an answer. Sampling,
headers for the collector, and what the service is called, are read from OpenTelemetry's own variables
(``OTEL_TRACES_SAMPLER``, ``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_SERVICE_NAME``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from churn import __version__
from service.tracing.trace import PARENT, STATE, Trace, read_parent

_PATH = "/v1/traces"
_LAST_SPANS_S = 1.0
_NAME = "churn-service"


class Recorder:
    """Begins a span for each request, and hands it on when it has ended."""

    def __init__(self, endpoint: str, exporter: SpanExporter | None = None) -> None:
        """``endpoint`` is the address of the collector, without the path; tests may give an ``exporter``."""
        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or _NAME})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        to = exporter or OTLPSpanExporter(endpoint=endpoint.rstrip("/") + _PATH)
        self._provider.add_span_processor(BatchSpanProcessor(to))
        self._tracer = self._provider.get_tracer(_NAME, __version__)

    def __call__(self, method: str, headers: Mapping[bytes, bytes]) -> Trace:
        """Begin a span, within the caller's trace if it names one."""
        parent = read_parent(headers.get(PARENT))
        context = None
        if parent is not None:
            state = TraceState.from_header([headers.get(STATE, b"").decode("latin-1")])
            span_ids = int(parent.trace_id, 16), int(parent.span_id, 16)
            remote = SpanContext(*span_ids, is_remote=True, trace_flags=TraceFlags(parent.flags), trace_state=state)
            context = set_span_in_context(NonRecordingSpan(remote))
        span = self._tracer.start_span(method, context, SpanKind.SERVER)
        mine = span.get_span_context()
        return Trace(
            format_trace_id(mine.trace_id), format_span_id(mine.span_id), int(mine.trace_flags), _Ending(method, span)
        )

    def close(self) -> None:
        """Send what has ended, for a second at the most: a collector that is gone must not hold up a stop."""
        closing = Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        closing.start()
        closing.join(_LAST_SPANS_S)


class _Ending:
    """Ends one span."""

    __slots__ = ("_method", "_span")

    def __init__(self, method: str, span: Span) -> None:
        self._method = method
        self._span = span

    def __call__(self, facts: Mapping[str, str | int], *, failed: bool) -> None:
        self._span.update_name(f"{self._method} {facts['http.route']}")
        self._span.set_attributes(facts)
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
