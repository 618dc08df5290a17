"""Reading a request body, and no more of it than is allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from service.problems import Refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(Exception):
    """The caller hung up before the request was complete; there is nobody to answer."""


async def read_body(receive: Receive, content_length: bytes | None, limit_bytes: int) -> bytes:
    """Return the whole body.

    A declared length is judged before anything is read; without one (chunked), reading stops with the chunk
    that goes over the limit.

    Raises:
        Refusal: the body is over the limit (413).
        ClientGone: the caller hung up.
    """
    if content_length is not None and content_length.isdigit() and int(content_length) > limit_bytes:
        raise _too_large(f"has {int(content_length):,} bytes", limit_bytes)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False) and len(body) <= limit_bytes:
        return body
    return await _read_rest(receive, message, limit_bytes)


async def _read_rest(receive: Receive, message: MutableMapping[str, Any], limit_bytes: int) -> bytes:
    body = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            raise _too_large("goes on", limit_bytes)
        if not message.get("more_body", False):
            return bytes(body)
        message = await receive()


def _too_large(what: str, limit_bytes: int) -> Refusal:
    detail = f"The body {what}; the limit is {limit_bytes:,} bytes. Split the records over several requests."
    return Refusal("too-large", detail)
