"""The only wiring: which part is given to which. Nothing is built at import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from churn.bundle import Bundle
from churn.decide import FIGURES
from churn.scoring import Scorer
from service.api.decisions import Decider
from service.api.door import Door
from service.api.edge import Edge, Endpoint
from service.api.predict import PATH, PredictEndpoint
from service.api.questions import QuestionEndpoint, explain
from service.api.routes import reading_routes
from service.api.shortcut import Shortcut
from service.api.what_if import what_if
from service.console.lists.lists import Lists
from service.console.lists.routes import LISTS_PATH, lists_routes
from service.console.routes import CONSOLE_PATHS, console_routes
from service.keys.gate import Gate
from service.keys.ring import KeyRing
from service.loading import Loader, OpenScorer
from service.logs import Log
from service.metrics import Metrics, Slot
from service.outbox import Outbox
from service.pages.openapi import PATHS
from service.pages.policies import policies
from service.plane import Plane
from service.problems import Refusal, by_status, internal_error
from service.reply import Reply
from service.served import Serving, described
from service.settings import Settings


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
    slot: Slot | None = None,
    lists_root: Path | None = None,
) -> ChurnApi:
    """Make the service for one opened bundle; it loads the model when it starts, and lets go when it stops.

    ``open_scorer`` and ``log`` can be replaced by tests; ``slot`` is where one of several workers counts, and
    ``lists_root`` the folder for lists that they share.
    """
    log = log or Log(settings.log_level)
    paths = PATHS.union(CONSOLE_PATHS, (LISTS_PATH,))
    metrics = Metrics(paths, slot)
    serving = Serving(described(bundle, settings, bundle.schema), metrics.tell_ready)
    loader = Loader(bundle, settings, serving, log, open_scorer)
    outbox = Outbox()
    door = Door(Plane(serving, settings.max_wait_ms / 1000, outbox.flush), settings)
    predict = PredictEndpoint(door, settings.body_limit_bytes)
    lists = Lists(serving, settings, lists_root)
    gate = _gate(settings, log)
    decider = Decider({name: getattr(settings, name) for name in FIGURES})
    asked = (
        QuestionEndpoint("/explain", door, explain),
        QuestionEndpoint("/decide", door, decider, without_reasons=replace(decider, may_explain=False)),
        QuestionEndpoint("/whatif", door, what_if, inline_bytes=0),  # a line may ask to try a thousand values
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with loader.running(), gate.watching() if gate else nullcontext():
            yield
        if gate:
            gate.tell()
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
    endpoints: dict[str, Endpoint] = {PATH: predict, **{each.path: each for each in asked}}
    app.edge = Edge(app.through_framework, endpoints, paths, serving, log, metrics, gate)
    app.shortcut = Shortcut(predict, app.edge)
    return app


def _gate(settings: Settings, log: Log) -> Gate | None:
    """Make what judges who may call; None where anybody may."""
    ring = bearers = None
    if settings.keys is not None:
        ring = KeyRing(settings.keys, log, settings.rate_rows, settings.workers)
    if settings.oidc_issuer is not None:
        from service.keys.tokens.wiring import make_bearers  # it needs the extra oidc

        bearers = make_bearers(settings, log)
    return None if settings.is_open else Gate(ring, log, bearers)


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
