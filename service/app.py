"""The only wiring: which part is given to which. Nothing is built at import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from churn.bundle import Bundle
from churn.decide import FIGURES
from churn.scoring import Scorer
from service.api.deadline import Deadline
from service.api.decisions import Decider
from service.api.door import Door
from service.api.edge import Edge, Endpoint, Watchers
from service.api.once import ONCE_PATHS, Once
from service.api.predict import PATH, PredictEndpoint
from service.api.questions import QuestionEndpoint, explain
from service.api.recorded import Recorded
from service.api.routes import reading_routes
from service.api.shortcut import Shortcut
from service.api.what_if import what_if
from service.beside import beside
from service.console.lists.lists import Lists
from service.console.lists.routes import LISTS_PATH, lists_routes
from service.console.routes import CONSOLE_PATHS, console_routes
from service.dialects.spoken import LABELS, MAKERS, Spoken
from service.loading import Loader, OpenScorer
from service.logs import Log
from service.metrics import Metrics
from service.optional import make_gate, make_keeper, make_repeats, open_audit, open_recorder, tell_place
from service.outbox import Outbox
from service.pages.openapi import PATHS
from service.pages.policies import policies
from service.plane import Plane
from service.problems import Refusal, by_status, internal_error
from service.reply import Reply
from service.served import Serving, described
from service.settings import Settings
from service.shared import ALONE, Shared

OWN_PATHS = (*PATHS, *CONSOLE_PATHS, LISTS_PATH)


class ChurnApi(FastAPI):
    """FastAPI with the edge around it; ``serving`` and ``outbox`` are for the server, ``loader`` for reloading."""

    serving: Serving
    loader: Loader
    log: Log
    edge: Edge
    outbox: Outbox
    shortcut: Shortcut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give HTTP requests to the edge, all else (the lifespan) to FastAPI."""
        if scope["type"] == "http":
            await self.edge(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def through_framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by FastAPI's own routes."""
        await super().__call__(scope, receive, send)


def create_app(
    bundle: Bundle,
    settings: Settings,
    *,
    open_scorer: OpenScorer = Scorer.open,
    log: Log | None = None,
    shared: Shared = ALONE,
) -> ChurnApi:
    """Make the service for one opened bundle; it loads the model when it starts, and lets go when it stops.

    ``open_scorer`` and ``log`` can be replaced by tests; ``shared`` is what one of several workers shares with the
    others.
    """
    log = log or Log(settings.log_level)
    metrics = Metrics((*OWN_PATHS, *LABELS), shared.slot)
    serving = Serving(described(bundle, settings, bundle.schema), metrics.tell_ready)
    spoken = Spoken([MAKERS[name](serving, settings) for name in settings.dialects])
    paths = dict(zip(OWN_PATHS, OWN_PATHS, strict=True)) | spoken.labels
    loader = Loader(bundle, settings, serving, log, open_scorer)
    outbox = Outbox()
    plane = Plane(serving, settings.max_wait_ms / 1000, outbox.flush, metrics.tell_waiting_rows)
    door = Door(plane, settings, metrics.add_waiting_bytes)
    predict = PredictEndpoint(door, settings.body_limit_bytes)
    lists = Lists(serving, settings, shared.lists_root)
    gate = make_gate(settings, log, spoken.needed, spoken.open_paths)
    audit, recorder = open_audit(settings), open_recorder(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if audit:
            tell_place(log, audit)
        async with (
            loader.running(),
            gate.watching() if gate else nullcontext(),
            beside(audit.syncing()) if audit else nullcontext(),
        ):
            yield
        if gate:
            gate.tell()
        if audit:
            tell_place(log, audit)
            audit.close()
        if recorder:
            recorder.close()
        door.close()
        lists.close()
        log.close()

    allowed = policies(settings.framed_by)
    app = ChurnApi(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(reading_routes(serving, metrics, allowed.docs))
    if settings.console == "on":
        app.include_router(console_routes(serving, allowed))
        app.include_router(lists_routes(lists))
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(Exception, _fail)
    app.serving, app.loader, app.log, app.outbox = serving, loader, log, outbox
    keeper, repeats = make_keeper(audit, log), make_repeats(shared)
    called = spoken.calls(door, settings.body_limit_bytes)
    endpoints: dict[str, Endpoint] = {PATH: predict, **{each.path: each for each in _questions(door, settings)}}
    endpoints.update({each.path: each for each in called})
    for path, endpoint in endpoints.items():
        kept = endpoint if keeper is None else Recorded(endpoint, keeper)
        once = Once(kept, path, door, repeats) if repeats is not None and path in ONCE_PATHS else kept
        endpoints[path] = Deadline(once)
    watchers = Watchers(log, metrics, recorder)
    app.edge = Edge(app.through_framework, endpoints | spoken.readings(), paths, serving, watchers, gate, spoken)
    app.shortcut = Shortcut([predict, *called], app.edge, keeper)
    return app


def _questions(door: Door, settings: Settings) -> list[QuestionEndpoint]:
    decider = Decider({name: getattr(settings, name) for name in FIGURES})
    return [
        QuestionEndpoint("/explain", door, explain),
        QuestionEndpoint("/decide", door, decider, without_reasons=replace(decider, may_explain=False)),
        QuestionEndpoint("/whatif", door, what_if, inline_bytes=0),  # a line may ask to try a thousand values
    ]


def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        error = by_status(error.status_code, error.headers)
    assert isinstance(error, Refusal)  # noqa: S101  the handler is registered for these two
    return _response(error.reply(request.scope["request_id"]))


def _fail(request: Request, _: Exception) -> Response:
    """Answer for an unexpected exception; Starlette then raises it on, and the edge logs it."""
    return _response(internal_error().reply(request.scope["request_id"]))


def _response(reply: Reply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.body, reply.status, headers, reply.content_type.decode())
