"""Reading a request body, and no more of it than is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from time import monotonic
from typing import Any, TypeVar

from service.problems import Refusal

Piece = TypeVar("Piece")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

STALL_TIMEOUT_S = 10.0
"""A body of which nothing came for so long is given up."""

SLOW_AFTER_S = 20.0
SLOWEST_BYTES_PER_S = 500
"""And so is one that has come more slowly than this since so long after its begin."""


class ClientGone(Exception):
    """The caller hung up before the request was complete; there is nobody to answer."""


async def read_body(
    receive: Receive, content_length: bytes | None, limit_bytes: int, hold: Callable[[int], object] = lambda _: None
) -> bytes:
    """Return the whole body.

    A declared length is judged before anything is read; without one (chunked), reading stops with the chunk
    that goes over the limit. ``hold`` is told how many bytes the body has, or has so far.

    Raises:
        Refusal: the body is over the limit (413), or it comes too slowly (408).
        ClientGone: the caller hung up.
    """
    if content_length is not None and content_length.isdigit():
        length_bytes = int(content_length)
        if length_bytes > limit_bytes:
            raise _too_large(f"has {length_bytes:,} bytes", limit_bytes)
        hold(length_bytes)
    message = await next_of(receive())
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False) and len(body) <= limit_bytes:
        return body
    return await _read_rest(receive, message, limit_bytes, hold)


def patience_s(begun_s: float, received_bytes: int) -> float:
    """Return for how long the next piece is waited for, of a body that began at ``begun_s`` of the monotonic clock."""
    slow_s = begun_s + SLOW_AFTER_S + received_bytes / SLOWEST_BYTES_PER_S - monotonic()
    return min(STALL_TIMEOUT_S, slow_s)


async def next_of(awaited: Awaitable[Piece], within_s: float | None = None) -> Piece:
    """Wait for the next piece of a body, for ``STALL_TIMEOUT_S`` unless another time is given.

    Raises:
        Refusal: it does not come (408).
    """
    try:
        async with asyncio.timeout(STALL_TIMEOUT_S if within_s is None else within_s):
            return await awaited
    except TimeoutError:
        raise stalled(headers={"Connection": "close"}) from None


def stalled(headers: Mapping[str, str] | None = None) -> Refusal:
    """Return the refusal of a request whose body does not go on."""
    sentence = (
        f"The body of the request is not complete, and nothing of it came for {STALL_TIMEOUT_S:.0f} seconds, or "
        f"less than {SLOWEST_BYTES_PER_S} bytes a second for more than {SLOW_AFTER_S:.0f}."
    )
    return Refusal("body-timeout", sentence, headers=headers)


async def _read_rest(
    receive: Receive, message: MutableMapping[str, Any], limit_bytes: int, hold: Callable[[int], object]
) -> bytes:
    body, begun_s = bytearray(), monotonic()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            raise _too_large("goes on", limit_bytes)
        hold(len(body))
        if not message.get("more_body", False):
            return bytes(body)
        message = await next_of(receive(), patience_s(begun_s, len(body)))


def _too_large(what: str, limit_bytes: int) -> Refusal:
    detail = f"The body {what}; the limit is {limit_bytes:,} bytes. Split the records over several requests."
    return Refusal("too-large", detail)
