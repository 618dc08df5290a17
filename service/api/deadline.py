"""``X-Request-Timeout-Ms``: until when an answer is of use. What waits longer is not worked on."""

from __future__ import annotations

import asyncio

from churn.errors import shown
from service.api.door import Request
from service.api.edge import Endpoint
from service.pages.openapi import MOST_TIMEOUT_MS
from service.problems import Refusal
from service.reply import Reply

HEADER = b"x-request-timeout-ms"


class Deadline:
    """Stands before an endpoint, and takes a request out of the queue when nobody waits for its answer any more.

    The time counts from when the head of the request was complete. Work that has begun is not interrupted on the event
    loop, so an answer may come a little late; it is sent then.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Take what answers."""
        self._endpoint = endpoint

    async def __call__(self, request: Request) -> Reply:
        """Answer one request in its time.

        Raises:
            Refusal: it cannot be answered as asked, or not in its time.
            ClientGone: the caller hung up before its body was complete.
        """
        sent = request.headers.get(HEADER)
        if sent is None:
            return await self._endpoint(request)
        limit_ms = _read(sent)
        try:
            async with asyncio.timeout(limit_ms / 1000 - request.visit.duration_s) as timeout:
                return await self._endpoint(request)
        except TimeoutError:
            if not timeout.expired():
                raise
            sentence = f"The request was not answered within its {limit_ms:,} ms, and is not worked on any more."
            raise Refusal("deadline-passed", sentence) from None


def _read(sent: bytes) -> int:
    limit_ms = int(sent) if sent.isdigit() and len(sent) < 10 else 0
    if not 1 <= limit_ms <= MOST_TIMEOUT_MS:
        received = shown(sent.decode("latin-1"))
        right = (
            f"it is a whole number of milliseconds, from 1 to {MOST_TIMEOUT_MS}, counted from when the request arrived"
        )
        raise Refusal("invalid-header", f"X-Request-Timeout-Ms is {received}; {right}.")
    return limit_ms
