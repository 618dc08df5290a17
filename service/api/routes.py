"""What is read rather than asked: health, model, schema, documentation, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.api.door import not_ready
from service.metrics import Metrics
from service.pages.docs import served_at
from service.pages.interactive import interactive_file
from service.problems import by_status
from service.served import Serving

_PROBES = ["GET", "HEAD"]


def reading_routes(serving: Serving, metrics: Metrics, docs_policy: str) -> APIRouter:
    """Return the routes; each tells of what is served when it is asked. ``docs_policy`` says what /docs may do."""
    router = APIRouter()

    @router.api_route("/health/live", methods=_PROBES)
    async def live() -> JSONResponse:
        return JSONResponse({"status": "alive"})

    @router.api_route("/health/ready", methods=_PROBES)
    async def ready() -> JSONResponse:
        if serving.waiting_for is not None:
            raise not_ready(serving.waiting_for)
        return JSONResponse({"status": "ready"})

    @router.get("/model")
    async def model() -> Response:
        return _json(serving.served.facts)

    @router.get("/schema")
    async def schema() -> Response:
        return _json(serving.served.schema)

    @router.get("/openapi.json")
    async def openapi() -> Response:
        return _json(serving.served.openapi)

    @router.get("/openapi-3.0.json")
    async def openapi_3_0() -> Response:
        return _json(serving.served.interface.openapi_3_0)

    @router.get("/swagger-2.0.json")
    async def swagger_2_0() -> Response:
        return _json(serving.served.interface.swagger_2_0)

    @router.get("/metrics")
    async def measured() -> Response:
        return Response(metrics.expose(serving.served.told), media_type=CONTENT_TYPE_LATEST)

    _add_docs(router, serving, docs_policy)
    return router


def _add_docs(router: APIRouter, serving: Serving, policy: str) -> None:
    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        page = served_at(serving.served.docs, str(request.base_url).rstrip("/"))
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    @router.get("/docs/{name}")
    async def interactive(name: str) -> Response:
        found = interactive_file(name)
        if found is None:
            raise by_status(404)
        return Response(found[0], media_type=found[1], headers={"Cache-Control": "max-age=86400"})


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
