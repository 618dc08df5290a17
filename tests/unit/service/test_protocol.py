"""The protocol by itself: bytes in, in pieces of every size, and bytes out, without a socket."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from service import protocol
from service.api import body as service_body
from service.outbox import Outbox
from service.problems import PROBLEMS, Refusal
from service.protocol import HEAD_LIMIT_BYTES, URL_LIMIT_BYTES
from tests.unit.service.wire import connect

JSON = b'{"a": 1}'


class Echo:
    """Answers with what it was asked; refuses as the edge does, without its log."""

    def __init__(self):
        self.edge = SimpleNamespace(refusing=self.refusing)
        self.outbox = Outbox()
        # All goes the long way; test_shortcut has the other.
        self.shortcut = SimpleNamespace(begin=lambda *_: None, endpoints=(b"/predict",))

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        names = sorted(name.decode() for name, _ in scope["headers"])
        told = {"method": scope["method"], "path": scope["path"], "headers": names, "body": body.decode()}
        await self.answer(send, 200, json.dumps(told).encode(), [])

    def refusing(self, refusal: Refusal):
        async def refuse(scope, receive, send):
            headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
            await self.answer(send, PROBLEMS[refusal.kind].status, b"", headers)

        return refuse

    async def answer(self, send, status, body, headers):
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
        await send({"type": "http.response.body", "body": body})


def exchange(pieces, *, then_s=0.0):
    """Give the pieces to one connection, one after the other; return its transport."""

    async def run():
        connection, wire = connect(Echo())
        for piece in pieces:
            if not wire.closed:
                connection.data_received(piece)
                await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        await asyncio.sleep(then_s)
        connection.connection_lost(None)
        return wire

    return asyncio.run(run())


def bodies(written):
    """The bodies of all answers, each of which has to be a 200."""
    found = []
    while written:
        head, _, rest = written.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), written
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        found.append(json.loads(rest[:length]))
        written = rest[length:]
    return found


def post(*more, body=JSON, version=b"1.1"):
    lines = [b"POST /predict HTTP/" + version, b"Host: x", b"Content-Length: %d" % len(body), *more]
    return b"\r\n".join([*lines, b"", body])


OFFER = (
    b"Connection: Upgrade, HTTP2-Settings",
    b"Upgrade: h2c",
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
)
CHUNKED = (
    b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    + b"\r\n".join(OFFER)
    + b'\r\n\r\n3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n'
)
WEBSOCKET = (
    b"GET /docs HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize(
    ("sent", "methods", "received"),
    [
        (post(*OFFER), ["POST"], [JSON]),
        (post(*OFFER, body=b""), ["POST"], [b""]),
        (CHUNKED, ["POST"], [JSON]),
        (WEBSOCKET, ["GET"], [b""]),
        (post(*OFFER) + post() + CHUNKED + WEBSOCKET + post(), ["POST", "POST", "POST", "GET", "POST"], None),
        (post(b"Connection: Upgrade, close", b"Upgrade: h2c"), ["POST"], [JSON]),
        (post(b"Connection: Upgrade", b"Upgrade: h2c", version=b"1.0"), ["POST"], [JSON]),
        (post(b"X-Upgrade: Upgrade", b"Upgrade: h2c"), ["POST"], [JSON]),
    ],
    ids=["post", "empty", "chunked", "websocket", "pipelined", "close", "http1.0", "no offer"],
)
def test_an_offered_upgrade_is_not_taken_wherever_the_bytes_are_split(sent, methods, received):
    received = received or [JSON, JSON, JSON, b"", JSON]
    pieces = [(sent[:at], sent[at:]) for at in range(len(sent))]
    for split in [*pieces, tuple(sent[at : at + 1] for at in range(len(sent)))]:
        answers = bodies(exchange([piece for piece in split if piece]).written)
        assert [answer["method"] for answer in answers] == methods
        assert [answer["body"].encode() for answer in answers] == received


def test_the_app_sees_all_headers_but_the_offer():
    (answer,) = bodies(exchange([post(*OFFER, b"X-Request-ID: 7")]).written)
    assert answer["path"] == "/predict"
    assert {"host", "content-length", "x-request-id"} < set(answer["headers"])
    assert "upgrade" not in answer["headers"]


@pytest.mark.parametrize("offer", [(), OFFER], ids=["plain", "with an offer"])
def test_trailers_are_no_headers_wherever_the_bytes_are_split(offer):
    head = [b"POST / HTTP/1.1", b"Host: x", b"Transfer-Encoding: chunked", b"Trailer: X-Request-Id", *offer]
    trailers = b"X-Request-Id: other\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
    sent = b"\r\n".join(head) + b"\r\n\r\n8\r\n" + JSON + b"\r\n0\r\n" + trailers + b"\r\n"
    for at in range(len(sent)):
        first, second = bodies(exchange([piece for piece in (sent[:at], sent[at:] + post()) if piece]).written)
        assert first["body"] == JSON.decode()
        assert not {"x-request-id", "content-type", "expect"} & set(first["headers"])
        assert second["headers"] == ["content-length", "host"]


def test_a_tunnel_is_refused_and_the_connection_ended_for_writing():
    wire = exchange([b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\nnot HTTP at all"])
    assert wire.written.startswith(b"HTTP/1.1 405 ")
    assert b"allow: GET, POST\r\n" in wire.written
    assert wire.half_closed


def pieces_of(sent, size_bytes):
    return [sent[at : at + size_bytes] for at in range(0, len(sent), size_bytes)]


@pytest.mark.parametrize("size_bytes", [1000, 65536, 10**7])
@pytest.mark.parametrize("count", [1, 200])
def test_headers_over_the_limit_are_refused_and_below_it_are_read(size_bytes, count):
    def head(total_bytes):
        each = total_bytes // count
        return post(*(b"X-%06d: " % number + b"v" * (each - 12) for number in range(count)))

    assert len(bodies(exchange(pieces_of(head(HEAD_LIMIT_BYTES - 1000), size_bytes)).written)) == 1
    wire = exchange(pieces_of(head(HEAD_LIMIT_BYTES + 1000) + post(), size_bytes))
    assert wire.written.startswith(b"HTTP/1.1 431 ")
    assert wire.written.count(b"HTTP/1.1") == 1  # nothing that comes after is answered
    assert wire.half_closed


@pytest.mark.parametrize("size_bytes", [1000, 10**7])
def test_an_address_over_the_limit_is_refused_and_below_it_is_read(size_bytes):
    def get(length):
        return b"GET /" + b"a" * (length - 1) + b" HTTP/1.1\r\nHost: x\r\n\r\n"

    assert len(bodies(exchange(pieces_of(get(URL_LIMIT_BYTES), size_bytes)).written)) == 1
    assert exchange(pieces_of(get(URL_LIMIT_BYTES + 1), size_bytes)).half_closed
    assert exchange([b"GET /", *[b"a" * 1000] * 20]).half_closed  # without end


def test_what_follows_a_refused_head_is_not_judged():
    wire = exchange([b"GET /" + b"a" * URL_LIMIT_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\nno HTTP at all\r\n\r\n"])
    assert wire.written.count(b"HTTP/1.1") == 1
    assert b" 400 " not in wire.written
    assert wire.half_closed


def test_a_refusal_waits_for_the_answers_before_it():
    written = exchange([post() + b"GET / HTTP/1.1\r\nX: " + b"v" * 1000, b"v" * (HEAD_LIMIT_BYTES + 1)]).written
    assert written.startswith(b"HTTP/1.1 200 ")
    assert written.index(b"HTTP/1.1 431 ")


def test_a_large_body_is_no_large_head():
    large = b'"' + b"a" * (20 * HEAD_LIMIT_BYTES) + b'"'
    for size_bytes in (4096, 10**7):
        answers = bodies(exchange(pieces_of(post(body=large) + post(), size_bytes)).written)
        assert [len(answer["body"]) for answer in answers] == [len(large), len(JSON)]


def test_small_chunks_are_no_large_head():
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * HEAD_LIMIT_BYTES
    (answer,) = bodies(exchange(pieces_of(chunked + b"0\r\n\r\n", 4096)).written)
    assert len(answer["body"]) == HEAD_LIMIT_BYTES


@pytest.mark.parametrize("endless", [b"1;x=" + b"a" * 1000, b"0\r\nX-Trailer: a" + b"a" * 1000])
def test_endless_chunk_extensions_and_trailers_are_hung_up_on(endless):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = exchange([head + endless, *[b"a" * 1000] * (2 * HEAD_LIMIT_BYTES // 1000)])
    assert wire.closed


def test_a_head_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT_S", 0.05)
    late = exchange([b"GET / HTTP/1.1\r\n", b"X: a"], then_s=0.5)
    assert late.written.startswith(b"HTTP/1.1 408 ")
    assert late.half_closed
    in_time = exchange([post()[:30], post()[30:]], then_s=0.5)
    assert len(bodies(in_time.written)) == 1
    assert not in_time.half_closed


def test_what_is_no_http_is_refused():
    wire = exchange([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert wire.closed


# --- Answers that are on their way -------------------------------------------------------------------


def test_an_answer_on_its_way_goes_before_the_connection_is_closed_by_a_stop():
    async def stop():
        connection, wire = connect(Echo())
        connection.tasks.add("another")  # in company, an answer is not written at once
        connection.data_received(post())
        while not connection.cycle.response_complete:  # noqa: ASYNC110  uvicorn sets no Event
            await asyncio.sleep(0)
        before = wire.written
        connection.shutdown()
        return before, wire

    before, wire = asyncio.run(stop())
    assert before == b""
    assert bodies(wire.written)[0]["body"] == JSON.decode()
    assert wire.closed


@pytest.mark.parametrize("bad", [b"\x00 no http\r\n\r\n", b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n"])
def test_what_is_refused_after_a_good_request_does_not_overtake_its_answer(bad):
    wire = exchange([post(), bad])
    first, _, rest = wire.written.partition(JSON.replace(b'"', b'\\"'))
    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 4" in rest


@pytest.mark.parametrize("bad", [b"\x00 no http\r\n\r\n", b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n"])
def test_a_refusal_that_waited_for_its_turn_leaves_the_caller_time_to_read_it(bad):
    wire = exchange([post() + bad])
    assert wire.written.index(b"HTTP/1.1 200 ") < wire.written.index(b"HTTP/1.1 4")
    assert wire.half_closed


def test_while_requests_wait_for_their_turn_no_more_is_read():
    async def run():
        connection, wire = connect(Echo())
        connection.data_received(post() * 3)
        seen = []
        while not wire.reading:
            seen.append(wire.written.count(b"HTTP/1.1 200 "))
            await asyncio.sleep(0)
        return seen, len(connection.pipeline)

    seen, waiting = asyncio.run(run())
    assert {0, 1} <= set(seen)
    assert waiting == 0


# --- Callers who stop in the middle -------------------------------------------------------------------


def test_a_connection_whose_answer_is_not_taken_is_closed(monkeypatch):
    monkeypatch.setattr(protocol, "UNREAD_TIMEOUT_S", 0.05)

    async def run(take_bytes):
        connection, wire = connect(Echo())
        wire.unread_bytes = 100_000
        connection.pause_writing()
        for _ in range(10):
            await asyncio.sleep(0.02)
            wire.unread_bytes -= take_bytes
        closed = wire.closed
        connection.resume_writing()
        await asyncio.sleep(0.1)
        connection.connection_lost(None)
        return closed

    assert asyncio.run(run(0))
    assert not asyncio.run(run(1_000))


def test_one_who_takes_what_the_system_holds_already_is_a_reader(monkeypatch):
    monkeypatch.setattr(protocol, "UNREAD_TIMEOUT_S", 0.05)
    held = [200_000]
    monkeypatch.setattr(protocol, "sent_unread_bytes", lambda _: held[0])

    async def run(take_bytes):
        connection, wire = connect(Echo())
        wire.get_extra_info = lambda name, default=None: object() if name == "socket" else default
        wire.unread_bytes = 100_000
        connection.pause_writing()
        for _ in range(10):
            await asyncio.sleep(0.02)
            held[0] -= take_bytes
        closed = wire.closed
        connection.connection_lost(None)
        return closed

    assert not asyncio.run(run(1_000))
    assert asyncio.run(run(0))


def test_the_rest_of_a_refused_body_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(service_body, "STALL_TIMEOUT_S", 0.05)

    class Refusing(Echo):
        async def __call__(self, scope, receive, send):
            await self.answer(send, 200, b"{}", [])

    async def run(sent):
        connection, wire = connect(Refusing())
        connection.data_received(sent)
        await asyncio.sleep(0.3)
        closed = wire.closed
        connection.connection_lost(None)
        return closed

    assert asyncio.run(run(post()[:-1]))
    assert not asyncio.run(run(post()))
