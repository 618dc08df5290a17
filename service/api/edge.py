"""The outermost layer: request ids, one log line and the counts of every request, and the last resort.

``POST /predict`` is answered here without the web framework in between, which would cost several times
what the model does; every other path goes through it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from json import dumps
from json.encoder import encode_basestring_ascii as quoted
from time import perf_counter
from typing import Any, Protocol

from churn.errors import Fault
from service.api.body import ClientGone, Receive
from service.api.door import Request
from service.api.visit import Visit
from service.keys.gate import Gate, check_once
from service.keys.ring import Caller
from service.keys.tokens.refusals import UnknownKey
from service.logs import Log, stack
from service.metrics import Metrics
from service.problems import Refusal, internal_error, stopping
from service.reply import NO_WARNINGS, Reply
from service.requestid import request_id
from service.served import Serving
from service.tracing.trace import PARENT, Trace, Tracing, follow

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Reply]]
Form = Callable[[Refusal, str], Reply]
"""Writes a refusal, given the request id."""

CLIENT_GONE = 499
"""Logged (never sent) as the status of a request whose caller hung up."""

_CLOSE = (b"connection", b"close")
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
"""Tells browsers to take no answer for another type than it says."""


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told of a request: log, counts, and what records our part of its trace, if anything does."""

    log: Log
    metrics: Metrics
    record: Tracing | None = None


class Others(Protocol):
    """Knows paths that refuse in a form of their own."""

    def elsewhere(self, path: str) -> Endpoint | None:
        """Return what refuses a path for which there is no endpoint; None where that is for the framework."""
        ...

    def form(self, path: str) -> Form | None:
        """Return what writes the refusals of a path; None for problem documents."""
        ...


class Edge:
    """Answers requests for ``endpoints`` itself and gives all others to ``framework``."""

    def __init__(
        self,
        framework: App,
        endpoints: Mapping[str, Endpoint],
        paths: Mapping[str, str],
        serving: Serving,
        watchers: Watchers,
        gate: Gate | None = None,
        others: Others | None = None,
    ) -> None:
        """``paths`` are the known ones, and how they are logged and counted; others are one, for they may say anything.

        Without a ``gate`` anybody may ask. ``others`` knows paths that refuse in a form of their own.
        """
        self._framework = framework
        self._endpoints = endpoints
        self._paths = paths
        self._others = others
        self._serving = serving
        self._log = watchers.log
        self._metrics = watchers.metrics
        self._record = watchers.record
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = dict(scope["headers"])
        method, path = scope["method"], scope["path"]
        identity, trace = request_id(headers.get(b"x-request-id")), self.begin_trace(method, headers)
        visit = Visit(method, path, identity, perf_counter(), trace=trace)
        if self.gate is not None:
            try:
                visit.caller = await self._admitted(self.gate, scope, headers)
            except Refusal as refusal:
                await self._deny(send, refusal, visit)
                return
        endpoint = self._endpoints.get(path)
        if endpoint is None and self._others is not None:
            endpoint = self._others.elsewhere(path)
        if endpoint is None:
            reply = await self._through_framework(scope, receive, send, visit)
        else:
            request = Request(visit, scope["query_string"], headers, receive)
            reply = await self.reply_of(endpoint(request), visit)
            if reply.status != CLIENT_GONE:
                await self._send(send, reply, visit)
        self.note(visit, reply)

    def begin_trace(self, method: str, headers: Mapping[bytes, bytes]) -> Trace | None:
        """Begin our part of a trace, where the caller names one or it is recorded."""
        if self._record is not None:
            return self._record(method, headers)
        return follow(headers) if PARENT in headers else None

    async def _admitted(self, gate: Gate, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller | None:
        """Have a request judged; once more, if the key of its token may be known when the provider was asked.

        Raises:
            Refusal: as ``Gate.admit``, or a header that says who asks stands twice, or a stop waits no longer.
        """
        if len(headers) < len(scope["headers"]):
            check_once(scope["headers"])
        try:
            return gate.admit(scope["path"], scope["query_string"], headers)
        except UnknownKey:
            try:
                await gate.learn()
            except asyncio.CancelledError:  # as in ``reply_of``
                raise stopping() from None
        return gate.admit(scope["path"], scope["query_string"], headers)

    async def _deny(self, send: Send, refusal: Refusal, visit: Visit) -> None:
        """Send away who may not ask: counted like any other, but told to the log together with others."""
        assert self.gate is not None  # noqa: S101  it is the gate that denies
        reply = self.refused(refusal, visit)
        await self._send(send, reply, visit)
        route = self._route(visit.path)
        self._metrics.request(route, reply.status, visit.duration_s)
        self._end_trace(visit, route, reply)
        self.gate.note_denied(refusal.kind)

    def _route(self, path: str) -> str:
        return self._paths.get(path, "other")

    @property
    def is_last(self) -> bool:
        """Whether an answer is the last on its connection, for the service is stopping."""
        return self._serving.draining

    def refusing(self, refusal: Refusal) -> App:
        """Return an app that answers any request so, for what the protocol refuses before it has read it all."""

        async def refuse(scope: Scope, _receive: Receive, send: Send) -> None:
            visit = Visit(scope["method"], scope["path"], request_id(None), perf_counter())
            reply = refusal.reply(visit.identity)
            await self._send(send, reply, visit)
            self.note(visit, reply)

        return refuse

    async def reply_of(self, answering: Awaitable[Reply], visit: Visit) -> Reply:
        """Wait for the reply to a request; what is raised instead becomes one."""
        try:
            return await answering
        except Refusal as refusal:
            return self.refused(refusal, visit)
        except ClientGone:
            return Reply(CLIENT_GONE, b"")
        except asyncio.CancelledError:  # only a stop whose grace time is over cancels a request
            return self.refused(stopping(), visit)
        except Exception as error:  # noqa: BLE001  the outermost edge
            return self.internal_error(error, visit)

    def refused(self, refusal: Refusal, visit: Visit) -> Reply:
        """Write a refusal in the form that its path has."""
        form = None if self._others is None else self._others.form(visit.path)
        return (form or Refusal.reply)(refusal, visit.identity)

    async def _send(self, send: Send, reply: Reply, visit: Visit) -> None:
        headers = [*headers_of(reply, visit), *([_CLOSE] if self.is_last else [])]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _through_framework(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> Reply:
        """Let the framework answer; return a stand-in for its reply, of which only the status counts."""
        scope["request_id"] = visit.identity
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = [*_identity_of(visit), *([_CLOSE] if self.is_last else [])]
                given = list(message.get("headers", []))
                if all(name != NO_SNIFFING[0] for name, _ in given):
                    given.append(NO_SNIFFING)
                message["headers"] = [*given, *more]
            await send(message)

        try:
            await self._framework(scope, receive, send_on)
        except Exception as error:  # noqa: BLE001  the outermost edge
            reply = self.internal_error(error, visit)
            if not status:
                await self._send(send, reply, visit)
            return reply
        return Reply(status or CLIENT_GONE, b"")

    def internal_error(self, error: Exception, visit: Visit) -> Reply:
        """Log what happened, without any value of a record, and tell the caller no more than the request id."""
        facts = {"sentence": str(error)} if isinstance(error, Fault) else {}
        self._log.event(
            "error", "failure", request_id=visit.identity, exception=type(error).__name__, stack=stack(error), **facts
        )
        return self.refused(internal_error(), visit)

    def note(self, visit: Visit, reply: Reply) -> None:
        """Log and count a request that was answered, or whose caller has left."""
        route, duration_s = self._route(visit.path), visit.duration_s
        if visit.caller is not None:
            visit.caller.charge(reply.scored + reply.refused)
        self._metrics.request(route, reply.status, duration_s)
        if reply.scored or reply.refused:
            self._metrics.records(reply.scored, reply.refused, reply.warnings)
        if reply.counted is not None:
            self._metrics.batch(reply.counted)
        if visit.trace is not None:
            self._end_trace(visit, route, reply)
        if self._log.logs_requests:
            self._log.line("info", "request", _members(visit, route, reply, duration_s))

    def _end_trace(self, visit: Visit, route: str, reply: Reply) -> None:
        if visit.trace is not None and visit.trace.end is not None:
            facts: dict[str, str | int] = {
                "http.request.method": visit.method,
                "http.route": route,
                "http.response.status_code": reply.status,
                "churn.request_id": visit.identity,
                "churn.records.scored": reply.scored,
                "churn.records.refused": reply.refused,
            }
            if reply.scored:
                facts["churn.model.version"] = self._serving.served.told["version"]
            visit.trace.end(facts, failed=reply.status >= 500)


def headers_of(reply: Reply, visit: Visit) -> list[tuple[bytes, bytes]]:
    """Return the headers that stand in every answer, and the reply's own."""
    return [
        (b"content-type", reply.content_type),
        (b"content-length", str(len(reply.body)).encode()),
        *_identity_of(visit),
        NO_SNIFFING,
        *reply.headers,
    ]


def _identity_of(visit: Visit) -> list[tuple[bytes, bytes]]:
    identity = (b"x-request-id", visit.identity.encode())
    return [identity] if visit.trace is None else [identity, visit.trace.response]


def _members(visit: Visit, route: str, reply: Reply, duration_s: float) -> str:
    counts = f',"scored":{reply.scored},"refused":{reply.refused}' if reply.scored or reply.refused else ""
    warnings = "" if reply.warnings is NO_WARNINGS or not reply.warnings else f',"warnings":{dumps(reply.warnings)}'
    trace = "" if visit.trace is None else _trace_members(visit.trace)
    return (
        f'"request_id":{quoted(visit.identity)},"method":{quoted(visit.method)},"route":"{route}",'
        f'"status":{reply.status},"duration_ms":{duration_s * 1000:.3f}{counts}{warnings}{trace}'
    )


def _trace_members(trace: Trace) -> str:
    return f',"trace_id":"{trace.trace_id}","span_id":"{trace.span_id}"'
