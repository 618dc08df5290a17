"""``POST /predict``: headers, body, batch, answers, in that order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from churn.answers import Answers
from churn.errors import shown
from churn.notices import RecordWarning
from service.api.body import Receive, read_body
from service.api.media import PLAIN_TYPES, format_of
from service.batching import QueueFullError, Waiter
from service.formats.json_body.writing import write, write_some
from service.lane import Lane, LaneFullError, Result
from service.pages.openapi import ON_ERROR
from service.plane import Asked, NotReadyError, Plane, Share
from service.problems import Refusal
from service.reply import NO_WARNINGS, Reply
from service.served import Model
from service.settings import Settings

INLINE_BYTES = 128 * 1024
"""A body up to this size is answered at once on the event loop; a larger one in a thread, so that nobody waits."""

INLINE_WRONG_BYTES = 2 * 1024
"""The same for one record that takes the exact look; an array may hold very many wrong records in a few bytes each."""

WAITING_BODIES = 4
"""So many of the largest bodies may wait for a thread."""

RETRY_AFTER_S = 1


@dataclass(slots=True)  # not frozen: one is made for each request, and freezing costs more than the rest
class Request:
    """What an endpoint may know of a request: method, raw query, headers (names in lower case) and the body to come."""

    method: str
    query: bytes
    headers: Mapping[bytes, bytes]
    receive: Receive


class PredictEndpoint:
    """Reads JSON bodies, has the plane answer them, and writes the answers.

    It holds one thread for large bodies and one for the exact look, until ``close``: they are two, so that a queue
    of wrong bodies does not keep large right ones waiting.
    """

    def __init__(self, plane: Plane, settings: Settings) -> None:
        """Take what answers, and the limits."""
        self._plane = plane
        self._limit_bytes = settings.body_limit_bytes
        self._inline_bytes = min(INLINE_BYTES, settings.body_limit_bytes)
        self._large, self._exact = (
            Lane(name, WAITING_BODIES * settings.body_limit_bytes, settings.max_wait_ms / 1000, plane.turns)
            for name in ("large", "exact")
        )

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
        model = self._model()
        length = request.headers.get(b"content-length")
        self.check_room(int(length) if length is not None and length.isdigit() else 0)
        body = await read_body(request.receive, length, self._limit_bytes)
        if len(body) > INLINE_BYTES:
            reply = await self._aside(self._large, body, lambda: self._read_large(model, body))
        else:
            reply = self.reply(await self._answer_soon(model, body))
        return reply or await self.look_closely(model, body, report=report)

    def takes(self, headers: Mapping[bytes, bytes]) -> bool:
        """Say whether ``take`` can be asked for a request: plain JSON of a few bytes, and a model that answers."""
        length = headers.get(b"content-length")
        return (
            length is not None
            and int(length) <= self._inline_bytes
            and headers.get(b"content-type") in PLAIN_TYPES
            and b"content-encoding" not in headers
            and self._plane.is_ready
        )

    def check_room(self, length_bytes: int = 0) -> None:
        """Say whether a body of so many bytes would be taken now; asked before it is read.

        Raises:
            Refusal: too much waits to be answered.
        """
        try:
            if length_bytes > INLINE_BYTES:
                self._large.check_room(0)
            else:
                self._plane.check_room()
        except (QueueFullError, LaneFullError) as full:
            raise _too_busy(full) from None

    def take(self, body: bytes, waiter: Waiter[Share]) -> None:
        """Have a small body answered soon.

        Raises:
            Refusal: there is no model, or too much waits to be answered.
        """
        model = self._model()
        try:
            self._plane.submit(Asked(model, body, model.reader.about(body)), waiter)
        except QueueFullError as full:
            raise _too_busy(full) from None

    async def look_closely(self, model: Model, body: bytes, *, report: bool = False) -> Reply:
        """Answer a body of which it takes the exact look to tell what is right and what is wrong.

        Raises:
            Refusal: it cannot be read, or too much waits to be looked at.
        """
        if len(body) <= INLINE_WRONG_BYTES and body[:1] == b"{":
            return self._read_exactly(model, body, report=report)
        return await self._aside(self._exact, body, lambda: self._read_exactly(model, body, report=report))

    async def _answer_soon(self, model: Model, body: bytes) -> Share:
        try:
            return await self._plane.answer_soon(Asked(model, body, model.reader.about(body)))
        except QueueFullError as full:
            raise _too_busy(full) from None

    def reply(self, share: Share) -> Reply | None:
        """Write the answers of one request; None if it has to ``look_closely``."""
        answers, model, records = share.answers, share.request.model, share.request.records
        if answers is None:
            return None
        body = write_some(model.head, answers, share.start, model.reader.identifiers(records))
        if not answers.warnings:
            return Reply(200, body, scored=len(records))
        return Reply(200, body, scored=len(records), warnings=_codes(share.warnings))

    def _model(self) -> Model:
        try:
            return self._plane.model()
        except NotReadyError as error:
            raise not_ready(str(error)) from None

    async def _aside(self, lane: Lane, body: bytes, work: Callable[[], Result]) -> Result:
        try:
            return await lane.run(len(body), work)
        except LaneFullError as full:
            raise _too_busy(full) from None

    def _read_large(self, model: Model, body: bytes) -> Reply | None:
        give_way = self._large.give_way
        batch = model.reader.read_large(body, give_way)
        return None if batch is None else _reply(model, self._plane.answer(model, batch, give_way))

    def _read_exactly(self, model: Model, body: bytes, *, report: bool) -> Reply:
        return _reply(model, self._plane.answer(model, model.reader.read_exactly(body, report=report)))

    def close(self) -> None:
        """Let go of the threads."""
        self._large.close()
        self._exact.close()


def _reply(model: Model, answers: Answers) -> Reply:
    batch = answers.batch
    scored, refused = len(batch.columns), len(batch.refused)
    return Reply(200, write(model.head, answers), scored=scored, refused=refused, warnings=_codes(answers.warnings))


def _too_busy(full: Exception) -> Refusal:
    sentence = f"Too much waits to be answered: {full}. Send less at a time."
    return Refusal("too-busy", sentence, headers={"Retry-After": str(RETRY_AFTER_S)})


def _codes(warnings: Mapping[int, Sequence[RecordWarning]]) -> Mapping[str, int]:
    """Count the warnings by code."""
    if not warnings:
        return NO_WARNINGS
    return Counter(warning.code for found in warnings.values() for warning in found)


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
