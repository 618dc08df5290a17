"""Reads a JSON object from an address: bounded in time and size, and never led to another site."""

from __future__ import annotations

import json
import time
from http.client import HTTPException, HTTPResponse
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from churn.errors import BadInput
from service.addresses import is_this_machine, site_of, wrong_with

LIMIT_BYTES = 1024 * 1024
PATIENCE_S = 5.0
_PIECE_BYTES = 64 * 1024


class _SameSite(HTTPRedirectHandler):
    """Follows to the same scheme, host and port alone: elsewhere nobody has been named as trusted."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """Return the request to go on with; nothing else makes the status an error."""
        if wrong_with(newurl) is None and site_of(newurl) == site_of(req.full_url):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        return None


def fetch(address: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
    """Return the object at an address. ``patience_s`` bounds each wait for the other side, and the whole body.

    Raises:
        BadInput: the address may not be asked, or what it answers is not a JSON object.
    """
    wrong = wrong_with(address)
    if wrong is not None:
        raise BadInput(f"The provider cannot be asked: {wrong}.")
    request = Request(address, headers={"Accept": "application/json"})  # noqa: S310  looked at above
    try:
        with _opener(address).open(request, None, patience_s) as answer:
            content = _read(answer, address, time.monotonic() + patience_s)
    except HTTPError as error:
        error.close()
        raise BadInput(f"{address} answers with the status {error.code}, where 200 would be right.") from None
    except URLError as error:
        raise BadInput(f"{address} cannot be reached: {error.reason}.") from None
    except (OSError, HTTPException, ValueError) as error:
        raise BadInput(f"{address} cannot be read: {str(error) or type(error).__name__}.") from None
    return json_object(content, address)


def json_object(content: bytes, where: str) -> dict[str, Any]:
    """Read a JSON object; ``where`` it stands is for the sentence.

    Raises:
        BadInput: it is none, or longer than ``LIMIT_BYTES``.
    """
    if len(content) > LIMIT_BYTES:
        raise BadInput(f"{where} has more than the {LIMIT_BYTES:,} bytes that are read of it.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise BadInput(f"{where} is not JSON.") from None
    if not isinstance(document, dict):
        raise BadInput(f"{where} is not a JSON object.")
    return document


def _opener(address: str) -> OpenerDirector:
    """Make what knows HTTP and HTTPS, and no other scheme. A proxy of the environment is for other machines."""
    opener = OpenerDirector()
    proxies = ProxyHandler({}) if is_this_machine(urlsplit(address).hostname or "") else ProxyHandler()
    for handler in (
        proxies,
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        _SameSite(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _read(answer: HTTPResponse, address: str, end_s: float) -> bytes:
    """Read one byte more than is allowed at the most."""
    pieces, left_bytes = [], LIMIT_BYTES + 1
    while left_bytes > 0 and (piece := answer.read1(min(_PIECE_BYTES, left_bytes))):
        pieces.append(piece)
        left_bytes -= len(piece)
        if time.monotonic() > end_s:
            raise BadInput(f"{address} takes too long to answer.")
    return b"".join(pieces)
