"""``POST /predict``: headers, body, batch, answers, in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from churn.answers import Answers
from service.api import deadline, once
from service.api.door import INLINE_BYTES, Door, Request, too_busy
from service.api.media import PLAIN_TYPES
from service.api.noted import noted, noted_of
from service.api.parameters import Parameters, parameters
from service.batching import QueueFullError, Waiter
from service.formats.json_body.writing import write, write_some
from service.plane import Asked, Share
from service.reply import Reply
from service.served import Model

PATH = "/predict"

INLINE_WRONG_BYTES = 2 * 1024
"""One record up to this size takes the exact look at once; an array may hold very many wrong ones in a few bytes."""


class PredictEndpoint:
    """Reads JSON bodies, has the plane answer them, and writes the answers."""

    path = PATH

    def __init__(self, door: Door, inline_bytes: int) -> None:
        """Take what lets requests in, and up to which size a body may be answered at once."""
        self._door = door
        self._plane = door.plane
        self._inline_bytes = min(INLINE_BYTES, inline_bytes)

    async def __call__(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Refusal: it cannot be answered as asked.
            ClientGone: the caller hung up before its body was complete.
        """
        model = self._door.admit(request, PATH)
        asked = parameters(request.query, len(model.scorer.schema.fields)) if request.query else Parameters()
        body = await self._door.read(request)
        if asked.explain:
            return await self._door.question(body, lambda between: self._explained(model, body, asked, between))
        if len(body) > INLINE_BYTES:
            reply = await self._door.aside(self._door.large, body, lambda: self._read_large(model, body))
        else:
            reply = self.reply(await self._answer_soon(model, body))
        return reply or await self.look_closely(model, body, report=asked.report)

    def takes(self, headers: Mapping[bytes, bytes]) -> bool:
        """Say whether ``take`` can be asked for a request: plain JSON, few bytes, no wishes, a model that answers."""
        return (
            headers.get(b"content-type") in PLAIN_TYPES
            and is_plain(headers, self._inline_bytes)
            and self._plane.is_ready
        )

    def check_room(self) -> None:
        """Say whether a small body would be taken now; asked before it is read.

        Raises:
            Refusal: too much waits to be answered.
        """
        self._door.check_room()

    def take(self, body: bytes, waiter: Waiter[Share]) -> None:
        """Have a small body answered soon.

        Raises:
            Refusal: there is no model, or too much waits to be answered.
        """
        model = self._door.model()
        try:
            self._plane.submit(Asked(model, body, model.reader.about(body)), waiter)
        except QueueFullError as full:
            raise too_busy(full) from None

    async def look_closely(self, model: Model, body: bytes, *, report: bool = False) -> Reply:
        """Answer a body of which it takes the exact look to tell what is right and what is wrong.

        Raises:
            Refusal: it cannot be read, or too much waits to be looked at.
        """
        if len(body) <= INLINE_WRONG_BYTES and body[:1] == b"{":
            return self._read_exactly(model, body, report=report)
        return await self._door.aside(self._door.exact, body, lambda: self._read_exactly(model, body, report=report))

    async def _answer_soon(self, model: Model, body: bytes) -> Share:
        try:
            return await self._plane.answer_soon(Asked(model, body, model.reader.about(body)))
        except QueueFullError as full:
            raise too_busy(full) from None

    def reply(self, share: Share) -> Reply | None:
        """Write the answers of one request; None if it has to ``look_closely``."""
        answers, model, records = share.answers, share.request.model, share.request.records
        if answers is None:
            return None
        body = write_some(model.head, answers, share.start, model.reader.identifiers(records))
        return noted_of(Reply(200, body), share, answers)

    def _read_large(self, model: Model, body: bytes) -> Reply | None:
        give_way = self._door.large.give_way
        batch = model.reader.read_large(body, give_way)
        return None if batch is None else _reply(model, self._plane.answer(model, batch, give_way))

    def _read_exactly(self, model: Model, body: bytes, *, report: bool) -> Reply:
        return _reply(model, self._plane.answer(model, model.reader.read_exactly(body, report=report)))

    def _explained(self, model: Model, body: bytes, asked: Parameters, between: Callable[[], None]) -> Reply:
        batch = model.explained.read(body, report=asked.report)
        return _reply(model, self._plane.answer(model, batch, between, asked.explain))


def is_plain(headers: Mapping[bytes, bytes], limit_bytes: int) -> bool:
    """Say whether a request has a small body of a known size, and asks for nothing out of the ordinary."""
    length = headers.get(b"content-length")
    return (
        length is not None
        and int(length) <= limit_bytes
        and b"content-encoding" not in headers
        and once.HEADER not in headers
        and deadline.HEADER not in headers
    )


def _reply(model: Model, answers: Answers) -> Reply:
    return noted(Reply(200, write(model.head, answers), refused=len(answers.batch.refused)), model, answers)
