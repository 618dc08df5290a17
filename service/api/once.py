"""``Idempotency-Key``: who repeats a request, for the answer was lost, gets that answer, and nothing is done twice.

The header is that of draft-ietf-httpapi-idempotency-key-header; quoted, as there, or plain, as most send it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from service.api.door import RETRY_AFTER_S, Door, Request
from service.api.edge import Endpoint
from service.pages.openapi import KEY_LIMIT_CHARACTERS
from service.problems import Refusal
from service.reply import Reply

if TYPE_CHECKING:
    from service.repeats import Repeats

ONCE_PATHS = frozenset(("/predict", "/decide"))
HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
"""Tells a caller that the answer was given before."""

_FORM = re.compile(rb"[\x21\x23-\x7e]{1,%d}" % KEY_LIMIT_CHARACTERS)


class Once:
    """Stands before an endpoint. Only answers are kept: what was refused can be mended, and sent again with the key."""

    def __init__(self, endpoint: Endpoint, path: str, door: Door, repeats: Repeats) -> None:
        """Take what answers at a path, what lets requests in, and where answers are kept."""
        self._endpoint = endpoint
        self._path = path
        self._door = door
        self._repeats = repeats

    async def __call__(self, request: Request) -> Reply:
        """Answer one request, or say again what was answered.

        Raises:
            Refusal: it cannot be answered as asked; or its key came with another body, or is being answered.
            ClientGone: the caller hung up before its body was complete.
        """
        sent = request.headers.get(HEADER)
        if sent is None:
            return await self._endpoint(request)
        from service.repeats import OtherBodyError, StillAnsweredError  # needs locks as Unix has them

        key = _digest((request.visit.key or "").encode(), self._path.encode(), request.query, _read(sent))
        self._door.admit(request, self._path)
        body = await self._door.read(request)
        try:
            found = self._repeats.begin(key, _digest(body))
        except OtherBodyError as error:
            raise Refusal("idempotency-key-reused", str(error)) from None
        except StillAnsweredError as error:
            raise Refusal("in-progress", str(error), headers={"Retry-After": str(RETRY_AFTER_S)}) from None
        if isinstance(found, Reply):
            found.headers.append(REPLAYED)
            return found
        with found as claim:
            reply = await self._endpoint(replace(request, receive=_Whole(body)))
            claim.keep(reply)
        return reply


class _Whole:
    """A body that has been read already."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": self._body, "more_body": False}


def _read(sent: bytes) -> bytes:
    key = sent[1:-1] if len(sent) > 1 and sent[:1] == sent[-1:] == b'"' else sent
    if not _FORM.fullmatch(key):
        raise Refusal(
            "invalid-header",
            f"The Idempotency-Key has {len(key):,} characters, or some that are not printable ASCII; it needs 1 to "
            f"{KEY_LIMIT_CHARACTERS} of them, as a UUID has.",
        )
    return key


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()
