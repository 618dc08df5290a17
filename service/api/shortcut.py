"""The short way of the most frequent requests: a small ``POST /predict``, or of a dialect, without any peculiar header.

When it has come as a whole there is nothing to wait for, so it needs no task and no web framework: the protocol hands
it over, the plane answers it together with others, and head and body are written in one piece. The records are
checked, answered and written by the same parts as on the long way, through the web framework's interface.
"""

from __future__ import annotations

from asyncio import Event, get_running_loop
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from service.api.body import stalled
from service.api.edge import CLIENT_GONE, NO_SNIFFING, Edge, headers_of
from service.api.visit import Visit
from service.batching import Waiter
from service.keys.ring import Caller
from service.plane import Share
from service.problems import Refusal, stopping
from service.reply import Reply
from service.requestid import request_id
from service.served import Model
from service.tracing.trace import Trace

if TYPE_CHECKING:
    from service.audit.keeping import Keeper

_NOBODY_WAITS = Event()

Headers = Sequence[tuple[bytes, bytes]]


class Connection(Protocol):
    """What a connection does for its request on the short way."""

    def send_short(self, data: bytes, *, is_last: bool) -> None:
        """Send a whole answer and go on with what comes next, or close if it is the last."""
        ...


class ShortEndpoint(Protocol):
    """What answers requests on the short way."""

    path: str

    def takes(self, headers: Mapping[bytes, bytes]) -> bool:
        """Say whether ``take`` can be asked for a request."""
        ...

    def check_room(self) -> None:
        """Say whether a small body would be taken now; asked before it is read.

        Raises:
            Refusal: too much waits to be answered.
        """
        ...

    def take(self, body: bytes, waiter: Waiter[Share]) -> None:
        """Have a small body answered, at once or soon.

        Raises:
            Refusal: it cannot be answered.
        """
        ...

    def reply(self, share: Share) -> Reply | None:
        """Write the answers of one request; None if it has to ``look_closely``."""
        ...

    async def look_closely(self, model: Model, body: bytes) -> Reply:
        """Answer a body of which it takes the exact look to tell what is right and what is wrong.

        Raises:
            Refusal: it cannot be answered as asked.
        """
        ...


class Shortcut:
    """Judges what can take the short way, and answers it."""

    def __init__(self, endpoints: Sequence[ShortEndpoint], edge: Edge, keeper: Keeper | None = None) -> None:
        """Take what answers, what logs and counts, and what keeps an audit log, if there is one."""
        self.endpoints = {endpoint.path.encode(): endpoint for endpoint in endpoints}
        self._edge = edge
        self._keeper = keeper
        self._always: Headers = ()
        self._start = b""

    def begin(self, connection: Connection, url: bytes, headers: Headers, always: Headers) -> ShortRequest | None:
        """Begin a POST to one of ``endpoints`` whose body is to come; None if its headers send it on the long way.

        ``always`` are the headers that stand in every answer; the same list as long as they are the same.
        """
        known, endpoint = dict(headers), self.endpoints[url]
        if not endpoint.takes(known):
            return None
        caller = None
        if self._edge.gate is not None:
            if len(known) < len(headers):  # the long way looks which one stands twice
                return None
            try:
                caller = self._edge.gate.admit(endpoint.path, b"", known, verifies=False)
            except Refusal:  # the long way says so, and verifies a new token once
                return None
        if always is not self._always:
            self._always, self._start = always, _start(HTTPStatus.OK, always)
        trace = self._edge.begin_trace("POST", known)
        return ShortRequest(self, endpoint, connection, request_id(known.get(b"x-request-id")), caller, trace)

    def judge(self, request: ShortRequest) -> None:
        """Refuse a request whose body is still to come, if it would be refused then."""
        try:
            request.endpoint.check_room()
        except Refusal as refusal:
            self.refuse(request, refusal)

    def ask(self, request: ShortRequest) -> None:
        """Have a request answered, at once or soon."""
        try:
            request.endpoint.take(request.body, request)
        except Refusal as refusal:
            self.refuse(request, refusal)

    def answered(self, request: ShortRequest, share: Share) -> bool:
        """Send what the plane answered; False if it takes a closer look."""
        try:
            reply = request.endpoint.reply(share)
        except Exception as error:  # noqa: BLE001  those who are told after this one must not suffer
            self.failed(request, error)
            return True
        if reply is None:
            return False
        if self._keeper is not None:
            try:
                self._keeper.keep(request.identity, request.key, request.path, reply)
            except Refusal as refusal:
                self.refuse(request, refusal)
                return True
        if request.trace is not None or reply.headers:
            self._tell(request, reply)
            return True
        values = (self._start, reply.content_type, len(reply.body), request.identity.encode())
        self._finish(request, reply, _GOOD_HEAD % values)
        return True

    async def look_closely(self, request: ShortRequest, model: Model) -> None:
        """Answer a request in which something may be wrong."""
        self._tell(request, await self._edge.reply_of(self._closely(request, model), request))

    async def _closely(self, request: ShortRequest, model: Model) -> Reply:
        reply = await request.endpoint.look_closely(model, request.body)
        if self._keeper is not None:
            self._keeper.keep(request.identity, request.key, request.path, reply)
        return reply

    def failed(self, request: ShortRequest, error: Exception) -> None:
        """Say that the plane failed."""
        self._tell(request, self._edge.internal_error(error, request))

    def refuse(self, request: ShortRequest, refusal: Refusal) -> None:
        """Refuse it."""
        self._tell(request, self._edge.refused(refusal, request))

    def gone(self, request: ShortRequest) -> None:
        """Note that the caller hung up."""
        self._edge.note(request, Reply(CLIENT_GONE, b""))

    def _tell(self, request: ShortRequest, reply: Reply) -> None:
        if not request.response_complete:
            start = _start(HTTPStatus(reply.status), self._always)
            self._finish(request, reply, start + _lines(headers_of(reply, request)))

    def _finish(self, request: ShortRequest, reply: Reply, head: bytes) -> None:
        is_last = self._edge.is_last or not request.keep_alive
        request.response_complete = True
        data = b"%b%b\r\n%b" % (head, b"connection: close\r\n" if is_last else b"", reply.body)
        request.connection.send_short(data, is_last=is_last)
        self._edge.note(request, reply)


def _start(status: HTTPStatus, always: Headers) -> bytes:
    return b"HTTP/1.1 %d %b\r\n%b" % (status, status.phrase.encode(), _lines(always))


def _lines(headers: Headers) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


_GOOD_HEAD = b"%bcontent-type: %b\r\ncontent-length: %d\r\nx-request-id: %b\r\n" + _lines((NO_SNIFFING,))
"""The lines of ``headers_of``, written in half the time."""


class ShortRequest(Visit):
    """One request on the short way.

    It stands where uvicorn has its cycle, and among the tasks that a stop waits for and cancels; and it is the waiter
    that the batcher tells.
    """

    __slots__ = (
        "_look", "_shortcut", "body", "connection", "disconnected", "endpoint", "keep_alive", "message_event",
        "response_complete",
    )  # fmt: skip

    def __init__(
        self,
        shortcut: Shortcut,
        endpoint: ShortEndpoint,
        connection: Connection,
        identity: str,
        caller: Caller | None,
        trace: Trace | None,
    ) -> None:
        """Begin without a body."""
        self.method, self.path = "POST", endpoint.path
        self.identity = identity
        self.started_s = perf_counter()
        self.caller = caller
        self.trace = trace
        self._shortcut = shortcut
        self.endpoint = endpoint
        self.connection = connection
        self.body = b""
        self.keep_alive = True
        self.response_complete = self.disconnected = False
        self.message_event = _NOBODY_WAITS

    def begin(self) -> None:
        """Be told that the connection is ready for an answer."""
        self._shortcut.judge(self)

    def complete(self) -> None:
        """Be told that the body is complete."""
        self._shortcut.ask(self)

    def done(self) -> bool:
        """Say whether it is answered, or nobody is there any more."""
        return self.response_complete

    def set_result(self, share: Share) -> None:
        """Take the answers, or look closely."""
        if not self._shortcut.answered(self, share):
            self._look = get_running_loop().create_task(self._shortcut.look_closely(self, share.request.model))

    def set_exception(self, error: Exception) -> None:
        """Take the error that came instead."""
        self._shortcut.failed(self, error)

    def cancel(self, msg: object = None) -> None:  # noqa: ARG002  as a task's
        """Be told that a stop waits no longer; not now, for whoever tells is going through the tasks."""
        get_running_loop().call_soon(self._stop)

    def _stop(self) -> None:
        if not self.response_complete:
            self._shortcut.refuse(self, stopping())

    def give_up(self) -> None:
        """Be told that the body does not go on; the connection ends with the answer."""
        self.keep_alive = False
        self._shortcut.refuse(self, stalled())

    def leave(self) -> None:
        """Be told that the caller hung up."""
        if not self.response_complete:
            self.response_complete = True
            self._shortcut.gone(self)
