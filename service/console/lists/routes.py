"""Where the page finds its lists. These paths are the page's own: programs ask /predict and /decide."""

from __future__ import annotations

import asyncio
import json

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from churn.errors import shown
from service.api.body import read_body
from service.api.edge import CLIENT_GONE
from service.api.media import format_of
from service.console.lists.folders import ListFolders
from service.console.lists.holder import NobodyWaitsError, ask
from service.console.lists.lists import Lists
from service.console.lists.upload import check_length, check_name, receive
from service.problems import Refusal

LISTS_PATH = "/console/lists"
QUESTIONS = ("decide", "rows", "refused")
_QUESTION_LIMIT_BYTES = 64 * 1024
_PARQUET_TYPE = "application/vnd.apache.parquet"
_SENT_TYPES = (
    "application/octet-stream",
    "text/csv",
    _PARQUET_TYPE,
    "application/vnd.apache.arrow.file",
)
_SUFFIX_TYPES = {".csv": "text/csv; charset=utf-8", ".parquet": _PARQUET_TYPE}


def lists_routes(lists: Lists) -> APIRouter:
    """Return the routes of the lists."""
    router = APIRouter(prefix=LISTS_PATH)

    @router.get("")
    async def about() -> JSONResponse:
        return JSONResponse({"limit_bytes": lists.limit_bytes, "why_not": lists.why_not()})

    @router.post("")
    async def send(request: Request, name: str = "") -> Response:
        suffix = check_name(name)
        _check_type(request)
        check_length(request.headers.get("content-length"), lists.limit_bytes)
        lists.check_ready()
        return await _take(lists, request, name, suffix)

    @router.get("/{identity}")
    async def status(identity: str) -> Response:
        return _json(await ask(lists.folders.find(identity), "status"))

    @router.delete("/{identity}")
    async def remove(identity: str) -> Response:
        folder = lists.folders.find(identity)
        await asyncio.to_thread(lists.folders.remove, folder)
        return Response(status_code=204)

    @router.post("/{identity}/download")
    async def download(request: Request, identity: str) -> Response:
        return await _download(lists.folders, request, identity)

    for question in QUESTIONS:
        _add_question(router, lists, question)
    return router


def _add_question(router: APIRouter, lists: Lists, question: str) -> None:
    @router.post(f"/{{identity}}/{question}")
    async def answer(request: Request, identity: str) -> Response:
        folder = lists.folders.find(identity)
        return _json(await ask(folder, question, await _body(request)))


async def _take(lists: Lists, request: Request, name: str, suffix: str) -> Response:
    folder = lists.folders.make()
    file = f"customers{suffix}"
    try:
        await receive(request.stream(), folder / file, lists.limit_bytes)
        await asyncio.to_thread(lists.start, folder, file, name)
    except ClientDisconnect:
        lists.folders.remove(folder)
        return Response(status_code=CLIENT_GONE)
    except OSError as error:
        lists.folders.remove(folder)
        raise Refusal("no-lists", f"The file cannot be kept here: {error.strerror}.") from None
    except BaseException:
        lists.folders.remove(folder)
        raise
    return JSONResponse({"id": folder.name}, 202)


async def _download(folders: ListFolders, request: Request, identity: str) -> Response:
    folder = folders.find(identity)
    body = await _body(request)

    async def is_wanted() -> bool:
        return not await request.is_disconnected()

    try:
        made = folder / json.loads(await ask(folder, "download", body, is_wanted))["file"]
    except NobodyWaitsError:
        return Response(status_code=CLIENT_GONE)
    return FileResponse(
        made, media_type=_SUFFIX_TYPES[made.suffix], background=BackgroundTask(made.unlink, missing_ok=True)
    )


async def _body(request: Request) -> bytes:
    format_of(*(request.headers.get(name, "").encode() or None for name in ("content-type", "content-encoding")))
    return await read_body(request.receive, request.headers.get("content-length", "").encode(), _QUESTION_LIMIT_BYTES)


def _check_type(request: Request) -> None:
    """Take the types of tables only: a page from elsewhere can send none of them here without asking first.

    Raises:
        Refusal: it is another one.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in _SENT_TYPES:
        raise Refusal(
            "unsupported-media-type",
            f"The Content-Type is {shown(given)}; send a table as {', '.join(_SENT_TYPES)}.",
        )


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
