"""Where the page is found: ``/``, its files, and the report of the bundle."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from churn.bundle import REPORT
from service.console.assets import INDEX, assets
from service.problems import by_status
from service.served import Serving

CONSOLE_PATHS = ("/", "/report")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def console_routes(serving: Serving) -> APIRouter:
    """Return the routes of the page; each tells of what is served when it is asked."""
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    async def index(request: Request) -> Response:
        return _asset(INDEX, request)

    @router.get("/console/assets/{name}")
    async def asset(name: str, request: Request) -> Response:
        return _asset(name, request)

    @router.get("/report")
    async def report() -> Response:
        bundle, _ = serving.served.made_of
        path = bundle.file(REPORT)
        if REPORT not in bundle.manifest.files or not path.is_file():
            raise by_status(404)
        return Response(
            path.read_bytes(),
            media_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": _REPORT_POLICY},
        )

    return router


def _asset(name: str, request: Request) -> Response:
    found = assets().get(name)
    if found is None:
        raise by_status(404)
    headers = {**_HEADERS, "ETag": found.etag}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
