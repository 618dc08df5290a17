"""What every POST has in common: method, content type, a model that answers, room, the body, a thread for long work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from churn.errors import BadInput
from service.api.arriving import Arriving, ArrivingFullError
from service.api.body import Receive, read_body
from service.api.media import format_of
from service.api.visit import Visit
from service.batching import QueueFullError
from service.keys.file import EXPLAIN
from service.lane import Lane, LaneFullError, Result
from service.plane import NotReadyError, Plane
from service.problems import Refusal
from service.reply import Reply
from service.served import Model, NoReasonsError
from service.settings import Settings

INLINE_BYTES = 128 * 1024
"""A body up to this size is answered at once on the event loop; a larger one in a thread, so that nobody waits."""

INLINE_QUESTION_BYTES = 4 * 1024
"""The same for a question about customers, of whom each takes a hundred times as long as a prediction."""

WAITING_BODIES = 4
"""So many of the largest bodies may wait for a thread."""

RETRY_AFTER_S = 1
_READ_AS = b"application/json"
"""What a type that an endpoint knows itself is judged as: the encoding has to be one that is read here all the same."""


@dataclass(slots=True)  # not frozen: one is made for each request, and freezing costs more than the rest
class Request:
    """What an endpoint may know of a request: whose it is, query, headers (names in lower case), the body to come."""

    visit: Visit
    query: bytes
    headers: Mapping[bytes, bytes]
    receive: Receive

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return self.visit.method

    @property
    def may_explain(self) -> bool:
        """Whether the caller's key is for reasons, too."""
        return self.visit.caller is None or self.visit.caller.may(EXPLAIN)


class Door:
    """Lets requests in.

    It holds a thread for large bodies, one for the exact look, and one for questions (reasons, decisions), until
    ``close``: a queue in front of one keeps nobody waiting for another.
    """

    def __init__(self, plane: Plane, settings: Settings, tell_bytes: Callable[[int], object] = lambda _: None) -> None:
        """Take what answers, and the limits; ``tell_bytes`` hears how many bytes come to wait for a thread, and go."""
        self.plane = plane
        self._limit_bytes = settings.body_limit_bytes
        self._arriving = Arriving(settings.max_inflight_bytes, INLINE_BYTES)
        self.large, self.exact, self.questions = (
            Lane(name, WAITING_BODIES * settings.body_limit_bytes, settings.max_wait_ms / 1000, plane.turns, tell_bytes)
            for name in ("large", "exact", "questions")
        )

    def admit(self, request: Request, path: str, types: Collection[bytes] = ()) -> Model:
        """Judge all but the body, and return the model to ask; ``types`` are read besides JSON, b"" without a type.

        Raises:
            Refusal: the method or the content type is another one, or there is no model.
        """
        if request.method != "POST":
            raise Refusal("method-not-allowed", f"{path} takes POST, not {request.method}.", headers={"Allow": "POST"})
        sent = request.headers.get(b"content-type")
        is_of_types = (sent or b"").partition(b";")[0].strip().lower() in types
        format_of(_READ_AS if is_of_types else sent, request.headers.get(b"content-encoding"))
        return self.model()

    def model(self) -> Model:
        """Return the model that answers now.

        Raises:
            Refusal: there is none.
        """
        try:
            return self.plane.model()
        except NotReadyError as error:
            raise not_ready(str(error)) from None

    async def read(self, request: Request) -> bytes:
        """Return the body, if there is room for it.

        Raises:
            Refusal: it is too large, does not go on, or too much waits to be answered or is still arriving.
            ClientGone: the caller hung up before it was complete.
        """
        length = request.headers.get(b"content-length")
        self.check_room(int(length) if length is not None and length.isdigit() else 0)
        share = self._arriving.begin()
        try:
            return await read_body(request.receive, length, self._limit_bytes, share.hold)
        except ArrivingFullError as full:
            raise too_busy(full) from None
        finally:
            share.release()

    def check_room(self, length_bytes: int = 0) -> None:
        """Say whether a body of so many bytes would be taken now; asked before it is read.

        Raises:
            Refusal: too much waits to be answered.
        """
        try:
            if length_bytes > INLINE_BYTES:
                self.large.check_room(0)
            else:
                self.plane.check_room()
        except (QueueFullError, LaneFullError) as full:
            raise too_busy(full) from None

    async def aside(self, lane: Lane, body: bytes, work: Callable[[], Result]) -> Result:
        """Do work on a body in a thread.

        Raises:
            Refusal: too much waits for that thread.
        """
        try:
            return await lane.run(len(body), work)
        except LaneFullError as full:
            raise too_busy(full) from None

    async def question(
        self, body: bytes, work: Callable[[Callable[[], None]], Reply], inline_bytes: int = INLINE_QUESTION_BYTES
    ) -> Reply:
        """Have a question answered: a small one at once, another in a thread; ``work`` gets what to call between steps.

        Raises:
            Refusal: it cannot be answered as asked, or too much waits for that thread.
        """
        try:
            if len(body) <= inline_bytes:
                return work(lambda: None)
            return await self.aside(self.questions, body, lambda: work(self.questions.give_way))
        except NoReasonsError as error:
            raise Refusal("no-reasons", str(error)) from None
        except BadInput as error:
            raise Refusal("invalid-question", str(error)) from None

    def close(self) -> None:
        """Let go of the threads."""
        for lane in (self.large, self.exact, self.questions):
            lane.close()


def too_busy(full: Exception) -> Refusal:
    """Return the refusal of a request for which there is no room."""
    sentence = f"Too much waits to be answered: {full}. Send less at a time."
    return Refusal("too-busy", sentence, headers={"Retry-After": str(RETRY_AFTER_S)})


def not_ready(reason: str) -> Refusal:
    """Return the refusal of a service that is not ready."""
    return Refusal("not-ready", reason, headers={"Retry-After": str(RETRY_AFTER_S)})
