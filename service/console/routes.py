"""Where the page is found: ``/``, its files, and the report of the bundle."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from churn.bundle import REPORT
from service.console.assets import INDEX, assets
from service.pages.policies import Policies
from service.problems import by_status
from service.served import Serving

CONSOLE_PATHS = ("/", "/report")
_HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def console_routes(serving: Serving, allowed: Policies) -> APIRouter:
    """Return the routes of the page; each tells of what is served when it is asked. ``allowed`` is what they may do."""
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    async def index(request: Request) -> Response:
        return _asset(INDEX, request, allowed.page)

    @router.get("/console/assets/{name}")
    async def asset(name: str, request: Request) -> Response:
        return _asset(name, request, allowed.page)

    @router.get("/report")
    async def report() -> Response:
        bundle, _ = serving.served.made_of
        path = bundle.file(REPORT)
        if REPORT not in bundle.manifest.files or not path.is_file():
            raise by_status(404)
        return Response(
            path.read_bytes(),
            media_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": allowed.report},
        )

    return router


def _asset(name: str, request: Request, policy: str) -> Response:
    found = assets().get(name)
    if found is None:
        raise by_status(404)
    headers = {**_HEADERS, "Content-Security-Policy": policy, "ETag": found.etag}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
