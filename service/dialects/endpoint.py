"""One path of a dialect: all that is not peculiar to it, as for ``/predict``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from churn.answers import Answers
from service.api.door import INLINE_BYTES, Door, Request, too_busy
from service.api.media import PLAIN_TYPES
from service.api.noted import noted, noted_of
from service.api.predict import is_plain
from service.batching import QueueFullError, Waiter
from service.dialects.call import Call, Plain, Question, Told
from service.keys.file import EXPLAIN
from service.plane import Asked, Share
from service.problems import Refusal
from service.reply import Reply
from service.served import Model

AT_ONCE_RECORDS = 16
"""So many records are answered together with those of others; more of them are a batch of their own."""


class DialectEndpoint:
    """Reads bodies by a ``Call``, has the plane answer them, and writes the answers by it."""

    def __init__(self, path: str, door: Door, call: Call, inline_bytes: int) -> None:
        """Take what lets requests in, what the dialect says, and up to which size a body may be answered at once."""
        self.path = path
        self._door = door
        self._plane = door.plane
        self._call = call
        self._inline_bytes = min(INLINE_BYTES, inline_bytes)
        self._explains = call.scope == EXPLAIN

    async def __call__(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Refusal: it cannot be answered as asked.
            ClientGone: the caller hung up before its body was complete.
        """
        model = self._door.admit(request, self.path, self._call.types)
        if request.query:
            raise Refusal("invalid-parameters", f"{self.path} takes no query parameters; ask in the body.")
        body = await self._door.read(request)
        if self._explains:
            return await self._door.question(body, partial(self._explained, model, body, request.headers))
        if len(body) > self._inline_bytes:
            work = partial(self._large, model, body, request.headers)
            return await self._door.aside(self._door.large, body, work)
        plain = self._call.glance(body, request.headers)
        if plain is not None:
            reply = self.reply(await self._soon(self._asked(model, plain)))
            return reply or await self.look_closely(model, body)
        question = self._call.read(model, body, request.headers)
        records = self._few(model, question)
        if records is None:
            return await self._answered_aside(model, body, question)
        return self._written(await self._soon(Asked(model, body, question.count, records, question.context)))

    # --- the short way ----------------------------------------------------------------------------------

    def takes(self, headers: Mapping[bytes, bytes]) -> bool:
        """Say whether ``take`` can be asked for a request: plain JSON, few bytes, no wishes, a model that answers."""
        return (
            not self._explains
            and headers.get(b"content-type") in PLAIN_TYPES
            and is_plain(headers, self._inline_bytes)
            and self._call.headers.isdisjoint(headers)
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
            Refusal: it cannot be answered as asked, there is no model, or too much waits to be answered.
        """
        model = self._door.model()
        plain = self._call.glance(body, {})
        if plain is not None:
            asked = self._asked(model, plain)
        else:
            question = self._call.read(model, body, {})
            records = self._few(model, question)
            if records is None:  # to be looked at closely
                waiter.set_result(Share(Asked(model, body, 1), None))
                return
            asked = Asked(model, body, question.count, records, question.context)
        try:
            self._plane.submit(asked, waiter)
        except QueueFullError as full:
            raise too_busy(full) from None

    def reply(self, share: Share) -> Reply | None:
        """Write the answers of one request; None if it has to ``look_closely``."""
        return None if share.answers is None else self._written(share)

    async def look_closely(self, model: Model, body: bytes) -> Reply:
        """Answer a body of which it takes the exact look to tell what is right and what is wrong.

        Raises:
            Refusal: it cannot be read, or too much waits to be looked at.
        """
        return await self._door.aside(self._door.exact, body, partial(self._exactly, model, body, {}))

    # --- how ----------------------------------------------------------------------------------------------

    async def _soon(self, asked: Asked) -> Share:
        try:
            return await self._plane.answer_soon(asked)
        except QueueFullError as full:
            raise too_busy(full) from None

    def _asked(self, model: Model, plain: Plain) -> Asked:
        return Asked(model, plain.records, model.reader.about(plain.records), context=plain.context)

    def _few(self, model: Model, question: Question) -> Any:
        """Return the records of a question that is answered together with others; None for all else."""
        if question.count > AT_ONCE_RECORDS:
            return None
        return model.values.check_quickly(question.as_records())

    async def _answered_aside(self, model: Model, body: bytes, question: Question) -> Reply:
        """Answer a small body of many records at once if they are surely right; a thread says what is wrong."""
        batch = question.read_quickly(model.values)
        if batch is not None:
            return self._told(model, self._plane.answer(model, batch), question.context)
        return await self._door.aside(self._door.exact, body, partial(self._answered, model, question))

    def _large(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Reply:
        plain = self._call.glance(body, headers)
        batch = plain and model.reader.read_large(plain.records, self._door.large.give_way)
        if plain is None or batch is None:
            return self._exactly(model, body, headers)
        return self._told(model, self._plane.answer(model, batch, self._door.large.give_way), plain.context)

    def _exactly(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Reply:
        return self._answered(model, self._call.read(model, body, headers))

    def _answered(self, model: Model, question: Question) -> Reply:
        batch = question.read(model.values)
        return self._told(model, self._plane.answer(model, batch, self._door.large.give_way), question.context)

    def _explained(
        self, model: Model, body: bytes, headers: Mapping[bytes, bytes], between: Callable[[], None]
    ) -> Reply:
        question = self._call.read(model, body, headers)
        batch = model.explained.read_values(list(question.as_records()), report=False)
        answers = self._plane.answer(model, batch, between, len(model.scorer.schema.fields))
        return self._told(model, answers, question.context)

    def _told(self, model: Model, answers: Answers, context: Any) -> Reply:
        told = Told(model, answers, 0, len(answers))
        return noted(self._call.write(told, context), model, answers)

    def _written(self, share: Share) -> Reply:
        asked, answers = share.request, share.answers
        assert answers is not None  # noqa: S101  its records were checked
        told = Told(asked.model, answers, share.start, len(asked.records))
        return noted_of(self._call.write(told, asked.context), share, answers)
