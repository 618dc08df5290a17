"""``POST /predict``: headers, body, records, scores, answer, in that order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qsl

from churn.errors import shown
from service.api.answers import answer
from service.api.body import Receive, read_body
from service.api.errors import Refusal
from service.api.media import format_of
from service.api.records import Batch
from service.api.reply import Reply
from service.settings import Settings
from service.state import Loaded, Serving

INLINE_BYTES = 64 * 1024
"""A body up to this size is answered at once on the event loop; a larger one in a thread, so that nobody waits."""

INLINE_WRONG_BYTES = 2 * 1024
"""The same for one record that takes the exact look; an array may hold very many wrong records in a few bytes each."""

ON_ERROR = ("refuse", "report")
RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class Request:
    """What an endpoint may know of a request: method, raw query, headers (names in lower case) and the body to come."""

    method: str
    query: bytes
    headers: Mapping[bytes, bytes]
    receive: Receive


class Predict:
    """The endpoint; holds one thread for large bodies and one for the exact look, until ``close``.

    They are two, so that a queue of wrong bodies does not keep large right ones waiting.
    """

    def __init__(self, serving: Serving, settings: Settings) -> None:
        """Take where the current scorer is found, and the limits."""
        self._serving = serving
        self._limit_bytes = settings.body_limit_bytes
        self._bulk = ThreadPoolExecutor(1, thread_name_prefix="bulk")  # both start their thread when first needed
        self._exact = ThreadPoolExecutor(1, thread_name_prefix="exact")

    async def __call__(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Refusal: it cannot be answered as asked.
            ClientGone: the caller hung up before its body was complete.
        """
        if request.method != "POST":
            raise Refusal(
                "method-not-allowed", f"/predict takes POST, not {request.method}.", headers={"Allow": "POST"}
            )
        report = reports(request.query) if request.query else False
        format_of(request.headers.get(b"content-type"), request.headers.get(b"content-encoding"))
        loaded = self._loaded()
        body = await read_body(request.receive, request.headers.get(b"content-length"), self._limit_bytes)
        if len(body) > INLINE_BYTES:
            return await self._answer_large(loaded, body, report=report)
        batch = loaded.reader.read_quickly(body)
        if batch is not None:
            return score_batch(loaded, batch)
        if len(body) <= INLINE_WRONG_BYTES and body[:1] == b"{":
            return score_exactly(loaded, body, report=report)
        return await self._answer_exactly(loaded, body, report=report)

    async def _answer_large(self, loaded: Loaded, body: bytes, *, report: bool) -> Reply:
        reply = await asyncio.get_running_loop().run_in_executor(self._bulk, score_large, loaded, body)
        return await self._answer_exactly(loaded, body, report=report) if reply is None else reply

    async def _answer_exactly(self, loaded: Loaded, body: bytes, *, report: bool) -> Reply:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._exact, lambda: score_exactly(loaded, body, report=report))

    def _loaded(self) -> Loaded:
        loaded = self._serving.loaded
        if loaded is None:
            reason = self._serving.waiting_for or "The model is being changed."
            raise not_ready(reason)
        return loaded

    def close(self) -> None:
        """Let go of the threads."""
        self._bulk.shutdown()
        self._exact.shutdown()


def score_large(loaded: Loaded, body: bytes) -> Reply | None:
    """Read, score and answer one JSON body of any size; None where it takes the exact look.

    Raises:
        Refusal: the body holds too much.
        EngineError: the engine gave no probabilities.
    """
    batch = loaded.reader.read_large(body)
    return None if batch is None else score_batch(loaded, batch)


def score_exactly(loaded: Loaded, body: bytes, *, report: bool) -> Reply:
    """Read one JSON body by the exact look, score and answer it.

    Raises:
        Refusal: the body is wrong.
        EngineError: the engine gave no probabilities.
    """
    return score_batch(loaded, loaded.reader.read_exactly(body, report=report))


def score_batch(loaded: Loaded, batch: Batch) -> Reply:
    """Score and answer records that are read.

    Raises:
        EngineError: the engine gave no probabilities.
    """
    return answer(loaded.head, batch, loaded.scorer.score(batch.columns), loaded.scorer.warnings(batch.columns))


def not_ready(reason: str) -> Refusal:
    """Return the refusal of a service that is not ready."""
    return Refusal("not-ready", reason, headers={"Retry-After": str(RETRY_AFTER_S)})


def reports(query: bytes) -> bool:
    """Return whether wrong records are to be reported in their place rather than refused with all others.

    Raises:
        Refusal: there is a parameter other than one ``on_error``, or it has an unknown value (422).
    """
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    unknown = [name for name, _ in given if name != "on_error"]
    if unknown:
        raise _wrong(f"There is no query parameter {shown(unknown[0])}")
    values = [value for _, value in given]
    if len(values) > 1:
        raise _wrong("The query parameter on_error is given more than once")
    if values and values[0] not in ON_ERROR:
        raise _wrong(f"The query parameter on_error is {shown(values[0])}")
    return values == ["report"]


def _wrong(what: str) -> Refusal:
    rule = "on_error=report scores the good records and reports the others; on_error=refuse, as without it, refuses all"
    return Refusal("invalid-parameters", f"{what}; /predict knows only one: {rule}.")
