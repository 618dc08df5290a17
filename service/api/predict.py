"""``POST /predict``: headers, body, batch, answers, in that order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from churn.answers import Answers
from churn.columns import Record
from churn.errors import shown
from service.api.body import Receive, read_body
from service.api.media import format_of
from service.batching import QueueFullError
from service.formats.json_body.writing import write
from service.lane import Lane, LaneFullError, Result
from service.pages.openapi import ON_ERROR
from service.plane import Checked, NotReadyError, Plane
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
        self._large = Lane("large", WAITING_BODIES * settings.body_limit_bytes)
        self._exact = Lane("exact", WAITING_BODIES * settings.body_limit_bytes)

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
        body = await read_body(request.receive, request.headers.get(b"content-length"), self._limit_bytes)
        if len(body) > INLINE_BYTES:
            reply = await self._aside(self._large, body, lambda: self._read_large(model, body))
            if reply is not None:
                return reply
        elif (records := model.reader.check_quickly(body)) is not None:
            return await self._answer_soon(model, records)
        elif len(body) <= INLINE_WRONG_BYTES and body[:1] == b"{":
            return self._read_exactly(model, body, report=report)
        return await self._aside(self._exact, body, lambda: self._read_exactly(model, body, report=report))

    async def _answer_soon(self, model: Model, records: Sequence[Record]) -> Reply:
        try:
            answers = await self._plane.answer_soon(Checked(model, records, model.reader.identifiers(records)))
        except QueueFullError as full:
            raise _too_busy(full) from None
        return _reply(model, answers)

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
        batch = model.reader.read_large(body)
        return None if batch is None else _reply(model, self._plane.answer(model, batch))

    def _read_exactly(self, model: Model, body: bytes, *, report: bool) -> Reply:
        return _reply(model, self._plane.answer(model, model.reader.read_exactly(body, report=report)))

    def close(self) -> None:
        """Let go of the threads."""
        self._large.close()
        self._exact.close()


def _reply(model: Model, answers: Answers) -> Reply:
    batch = answers.batch
    scored, refused = len(batch.columns), len(batch.refused)
    return Reply(200, write(model.head, answers), scored=scored, refused=refused, warnings=_codes(answers))


def _too_busy(full: Exception) -> Refusal:
    sentence = f"Too much waits to be answered: {full}. Send less at a time."
    return Refusal("too-busy", sentence, headers={"Retry-After": str(RETRY_AFTER_S)})


def _codes(answers: Answers) -> Mapping[str, int]:
    """Count the warnings by code."""
    if not answers.warnings:
        return NO_WARNINGS
    return Counter(warning.code for found in answers.warnings.values() for warning in found)


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
