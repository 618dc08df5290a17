"""What is read rather than asked: health, model, schema, documentation, metrics."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from churn.bundle import Bundle
from service.api.describe import record_schema
from service.api.docs import docs_page
from service.api.predict import not_ready
from service.metrics import Metrics
from service.settings import Settings
from service.state import Serving

_NO_SCRIPTS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_PROBES = ["GET", "HEAD"]


def reading_routes(
    bundle: Bundle, settings: Settings, serving: Serving, metrics: Metrics, document: dict[str, Any]
) -> APIRouter:
    """Return the routes; what does not change is made once, here."""
    router = APIRouter()
    described = {**bundle.schema.to_json(), "record": record_schema(bundle.schema)}
    page = docs_page(bundle.schema, document)

    @router.api_route("/health/live", methods=_PROBES)
    async def live() -> JSONResponse:
        return JSONResponse({"status": "alive"})

    @router.api_route("/health/ready", methods=_PROBES)
    async def ready() -> JSONResponse:
        if serving.waiting_for is not None:
            raise not_ready(serving.waiting_for)
        return JSONResponse({"status": "ready"})

    @router.get("/model")
    async def model() -> JSONResponse:
        return JSONResponse(model_facts(bundle, settings, serving))

    @router.get("/schema")
    async def schema() -> JSONResponse:
        return JSONResponse(described)

    @router.get("/openapi.json")
    async def openapi() -> JSONResponse:
        return JSONResponse(document)

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=_NO_SCRIPTS)

    @router.get("/metrics")
    async def measured(_: Request) -> Response:
        return Response(metrics.expose(), media_type=CONTENT_TYPE_LATEST)

    return router


def model_facts(bundle: Bundle, settings: Settings, serving: Serving) -> dict[str, Any]:
    """Return what the manifest says, but for the file digests, and how it is served here."""
    facts = asdict(bundle.manifest)
    del facts["files"]
    schema = serving.loaded.scorer.schema if serving.loaded else bundle.schema
    return {
        **facts,
        "engine": settings.engine,
        "as_of": schema.as_of.isoformat() if schema.as_of else None,
        "schema_digest": bundle.schema.digest(),
    }
