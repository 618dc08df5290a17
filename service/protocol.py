"""uvicorn's HTTP/1.1 over httptools, with bounds on the head of a request and no ear for upgrades.

An offer to go over to another protocol (Java's HttpClient offers HTTP/2 on its first request) is not taken: the
request is answered as the HTTP/1.1 that it is. httptools ends its message at such a head and leaves the body to
the other protocol, so the head is read a second time, without the offer.

Bounded are the length of the address, the bytes of a head, the time that it takes to arrive, what stands between the
pieces of a chunked body, how long nothing of a body may come, and how long an answer may wait to be read. None of it
costs an ordinary request more than a comparison.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sized
from contextlib import suppress
from time import monotonic
from typing import Any, cast

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api import body as bodies
from service.api.shortcut import Shortcut, ShortRequest
from service.listener import sent_unread_bytes
from service.outbox import OneWrite, Outbox
from service.problems import Refusal

URL_LIMIT_BYTES = 8 * 1024
HEAD_LIMIT_BYTES = 64 * 1024
HEAD_TIMEOUT_S = 30.0
UNREAD_TIMEOUT_S = 30.0
"""A connection on which so long nothing of a waiting answer was taken is closed."""
_LINGER_S = 2.0
_CLOSE = {"Connection": "close"}


class HttpProtocol(HttpToolsProtocol):
    """One connection, made by uvicorn.

    The app's ``edge`` answers what is refused here, so it is logged and counted; by its ``outbox`` answers leave.

    ``_silent_bytes`` is what has arrived since the parser last made anything of it: a head that is complete, or
    a piece of a body. ``_read_scope`` is the scope of the last complete head; uvicorn makes a new one at the
    beginning of each.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*args, **named)
        self._outbox: Outbox = self.config.app.outbox  # type: ignore[union-attr]  # always our own app
        self._read_scope: object = None
        self._silent_bytes = 0
        self._refused = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._body_is_open = False
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_begun_s = self._body_heard_s = 0.0
        self._unread_timer: asyncio.TimerHandle | None = None
        self._shortcut: Shortcut = self.config.app.shortcut  # type: ignore[union-attr]
        self._short: ShortRequest | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Give a new connection as long for its first byte as an old one for its next request."""
        super().connection_made(transport)
        self.flow = _OneAtATime(transport, self.pipeline)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers, and the request that was on its way."""
        self._stop_head_timer()
        self._stop_body_timer()
        self._stop_unread_timer()
        self._unset_keepalive_if_required()
        if self._short is not None:
            self._short.leave()
            self._leave_short()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, unless the connection is only kept until its caller has read why it was refused."""
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._silent_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            if not self._refused:  # what follows a refused head is not judged
                self._say_it_is_no_http()
            return
        if self.scope is not self._read_scope:
            self._judge_unfinished_head()
        elif self._silent_bytes > HEAD_LIMIT_BYTES:  # trailers or chunk extensions without end
            self._outbox.flush()
            self.transport.close()
        if self._body_is_open:
            self._watch_body()

    def shutdown(self) -> None:
        """Close when idle, as uvicorn does; an answer that is on its way goes first."""
        self._outbox.flush()
        super().shutdown()

    def _say_it_is_no_http(self) -> None:
        """Refuse what cannot be read; in the middle of a request it takes the place of the answer to that one."""
        now = cast(Any, self.cycle)
        is_within = self._body_is_open and now is not None and getattr(now, "scope", None) is self.scope
        if is_within and now.response_complete:
            self.transport.close()
            return
        if is_within and self.pipeline and self.pipeline[0][0] is now:
            self.pipeline.popleft()  # its turn has not come; that of the refusal comes instead
        elif is_within:
            now.disconnected = now.response_complete = True
            now.message_event.set()
        if is_within or cast(object, self.scope) is None or self.scope is self._read_scope:
            self.on_message_begin()
        has_no_method = not self.url
        self._refuse(_no_http())
        if has_no_method:
            self.scope["method"] = "UNKNOWN"

    def _feed(self, data: bytes) -> None:
        rest: bytes | memoryview = data
        while rest and not self._refused:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = memoryview(rest)[upgrade.args[0] :]
                if not self._refused:
                    self._read_head_again()
            else:
                return

    def _read_head_again(self) -> None:
        head = self._head_without_offer()
        self.parser = httptools.HttpRequestParser(self)  # the old one may be at its end, after "Connection: close"
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        self.parser.feed_data(head)

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Answer one request; its head goes out with its body. A refusal whose turn has come keeps what it has."""
        if not isinstance(cycle.transport, _Lingering):
            self._one_write = cycle.transport = OneWrite(self.transport, self._outbox)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with the next request, when all of this answer is on its way."""
        self._one_write.end()
        super().on_response_complete()

    def _should_upgrade(self) -> bool:
        """Let uvicorn make no request of a head that offers an upgrade; it is read again without."""
        return not self._refused

    # --- what httptools calls -----------------------------------------------------------------------

    def on_headers_complete(self) -> None:
        """Start answering, unless the head is one that is refused."""
        if self._refused:
            return
        if self._head_timer is not None:
            self._stop_head_timer()
        large = len(self.url) > URL_LIMIT_BYTES or self._silent_bytes > HEAD_LIMIT_BYTES  # with the body, perhaps
        offers = self.parser.should_upgrade()
        refusal = self._why_not() if large or offers else None
        self._read_scope = self.scope
        self._silent_bytes = 0
        self._body_is_open = True
        self._body_begun_s = 0.0
        if refusal is not None:
            self._refuse(refusal)
        elif offers or self.url not in self._shortcut.endpoints or not self._begin_short():
            super().on_headers_complete()
        if not offers:
            self.headers = []  # for trailers, which are no headers of the request

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._silent_bytes = 0
        short, now = self._short, cast(object, self.cycle)
        if short is None or short is not now:
            super().on_body(body)
        else:
            short.body = short.body + body if short.body else body

    def on_message_complete(self) -> None:
        """Answer on the short way, or end the body on the long one."""
        self._body_is_open = False
        short, now = self._short, cast(object, self.cycle)
        if short is None or short is not now:
            super().on_message_complete()
        else:
            short.complete()

    # --- the short way ------------------------------------------------------------------------------

    def _begin_short(self) -> bool:
        """Begin on the short way if the request is a plain one, and nothing before it is unanswered."""
        parser, before = self.parser, cast(Any, self.cycle)
        if (
            (before is not None and not before.response_complete)
            or parser.get_method() != b"POST"
            or self.expect_100_continue
            or self.flow.write_paused  # the long way waits until earlier answers have been taken
            or not parser.should_keep_alive()
        ):
            return False
        short = self._shortcut.begin(self, self.url, self.headers, self.server_state.default_headers)
        if short is None:
            return False
        self._short = self.cycle = short  # type: ignore[assignment]  # it has all of a cycle that is asked for
        self.tasks.add(short)  # type: ignore[arg-type]
        short.begin()
        return True

    def _leave_short(self) -> None:
        """Forget the request on the short way."""
        self.tasks.discard(self._short)
        self._short = None

    def send_short(self, data: bytes, *, is_last: bool) -> None:
        """Send a whole answer, and go on with what comes next."""
        self._outbox.send(self.transport, data)
        self._leave_short()
        if is_last:
            self._outbox.flush()
            self.transport.close()
        super().on_response_complete()

    # --- waiting for the caller ---------------------------------------------------------------------

    def _watch_body(self) -> None:
        """Note that a body goes on; the timer looks whether it still does."""
        self._body_heard_s = monotonic()
        self._body_begun_s = self._body_begun_s or self._body_heard_s
        if self._body_timer is None:
            self._body_timer = self.loop.call_later(bodies.STALL_TIMEOUT_S, self._look_at_body)

    def _look_at_body(self) -> None:
        """Give up a body that does not go on, unless it is read on the long way, which looks itself."""
        self._body_timer = None
        if not self._body_is_open or self.transport.is_closing():
            return
        left_s = self._body_heard_s + bodies.STALL_TIMEOUT_S - monotonic()
        if self._short is not None:
            left_s = min(left_s, bodies.patience_s(self._body_begun_s, len(self._short.body)))
        if left_s > 0:
            self._body_timer = self.loop.call_later(left_s, self._look_at_body)
        elif not self._give_up_body():
            self._body_timer = self.loop.call_later(bodies.STALL_TIMEOUT_S, self._look_at_body)

    def _give_up_body(self) -> bool:
        """Say whether nobody waits for the rest of a body any more."""
        short, now = self._short, cast(Any, self.cycle)
        if self.flow.read_paused:  # it is we who do not read on
            return False
        if short is not None and short is now:
            short.give_up()
        elif now is not None and now.response_complete:  # the rest of a body that was refused
            self.transport.close()
        return self.transport.is_closing()

    def _stop_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def pause_writing(self) -> None:
        """Begin to wait for a caller who takes no answers."""
        super().pause_writing()
        self._await_reader(self._unread_bytes())

    def resume_writing(self) -> None:
        """Go on: what waited has been taken."""
        self._stop_unread_timer()
        super().resume_writing()

    def _await_reader(self, unread_bytes: int) -> None:
        self._unread_timer = self.loop.call_later(UNREAD_TIMEOUT_S, self._look_at_reader, unread_bytes)

    def _look_at_reader(self, before_bytes: int) -> None:
        unread_bytes = self._unread_bytes()
        if unread_bytes < before_bytes:  # slowly, but it is taken
            self._await_reader(unread_bytes)
        else:
            self._unread_timer = None
            self.transport.abort()

    def _unread_bytes(self) -> int:
        """Return how much of the answers was not taken: what waits here and, where it tells, in the system."""
        waiting_bytes = self.transport.get_write_buffer_size()
        opened = self.transport.get_extra_info("socket")
        return waiting_bytes if opened is None else waiting_bytes + sent_unread_bytes(opened)

    def _stop_unread_timer(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    # --- refusing -----------------------------------------------------------------------------------

    def _why_not(self) -> Refusal | None:
        if len(self.url) > URL_LIMIT_BYTES:
            return _url_too_long()
        if self._head_bytes() > HEAD_LIMIT_BYTES:
            return _head_too_large()
        if self.parser.get_method() == b"CONNECT":
            sentence = "CONNECT asks for a tunnel, and this service is no proxy; see /docs for what it answers."
            return Refusal("method-not-allowed", sentence, headers={"Allow": "GET, POST", **_CLOSE})
        return None

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _judge_unfinished_head(self) -> None:
        if len(self.url) > URL_LIMIT_BYTES:
            self._refuse(_url_too_long())
        elif self._silent_bytes > HEAD_LIMIT_BYTES:
            self._refuse(_head_too_large())
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._head_is_late)

    def _head_is_late(self) -> None:
        sentence = f"The head of the request was not complete after {HEAD_TIMEOUT_S:.0f} seconds."
        self._refuse(Refusal("body-timeout", sentence, headers=_CLOSE))

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, refusal: Refusal) -> None:
        """Answer in turn, after the requests that came before on this connection, and read no more of it."""
        self._refused = True
        self._stop_head_timer()
        self.app = self.config.app.edge.refusing(refusal)  # type: ignore[union-attr]  # always our own app
        self.url = b"/"  # what was sent is too long, or no address of ours
        super().on_headers_complete()
        self.cycle.transport = _Lingering(self.transport, self._outbox, self.loop)  # type: ignore[assignment]  # all that it needs


class _OneAtATime(FlowControl):
    """Reads no more from a connection while requests that it has sent already wait for their turn.

    uvicorn reads on whenever one of them has been answered, and each reading may bring many more: a caller who sends
    without end, and takes no answers, would fill the memory.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class _Lingering:
    """The transport of a refusal: closed for writing first, and wholly when the caller has had time to read it.

    Closing on a caller that still sends would reset the connection, and the answer with it.
    """

    def __init__(self, transport: asyncio.Transport, outbox: Outbox, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._outbox = outbox
        self._loop = loop
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        self._outbox.flush()  # the answers before it on this connection
        self._transport.write(data)

    def close(self) -> None:
        if not self._transport.is_closing():
            with suppress(NotImplementedError):  # TLS cannot close one direction alone
                self._transport.write_eof()
            self._loop.call_later(_LINGER_S, self._transport.close)


def _no_http() -> Refusal:
    sentence = (
        "What was sent is not HTTP/1.1 that is read here. Send a request line, headers and a body as RFC 9112 says."
    )
    return Refusal("malformed-http", sentence, headers=_CLOSE)


def _url_too_long() -> Refusal:
    sentence = f"The address in the request line is longer than the {URL_LIMIT_BYTES:,} bytes that are read."
    return Refusal("uri-too-long", sentence, headers=_CLOSE)


def _head_too_large() -> Refusal:
    sentence = f"The headers of the request have more than the {HEAD_LIMIT_BYTES:,} bytes that are read."
    return Refusal("headers-too-large", sentence, headers=_CLOSE)
