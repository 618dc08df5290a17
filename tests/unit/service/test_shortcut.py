"""The short way: what takes it, and that it ends well however a caller, the model or a stop behaves."""

import asyncio
import json

import pytest

from churn.engines.base import FakeEngine
from churn.scoring import Scorer
from service.api import body, predict
from service.api.predict import INLINE_BYTES
from tests.unit.service.wire import connect


def post(records, *more, path=b"/predict", body=None):
    body = json.dumps(records).encode() if body is None else body
    head = [b"POST %b HTTP/1.1" % path, b"Host: x", b"Content-Type: application/json", *more]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body])


async def answers(wire, count):
    """Wait for so many answers; return (status, headers, body) of each."""
    found, rest = [], b""
    while len(found) < count:
        head, _, rest = wire.written.partition(b"\r\n\r\n")
        found = []
        while rest or head:
            lines = head.decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:])
            length = int(headers["content-length"])
            if len(rest) < length:
                break
            found.append((int(lines[0].split()[1]), headers, json.loads(rest[:length])))
            head, _, rest = rest[length:].partition(b"\r\n\r\n")
        await asyncio.sleep(0)
    return found


def ask(client, *pieces, count=1):
    """Send pieces over one connection; return the answers, and whether each request was on the short way."""

    async def run():
        connection, wire = connect(client.app)
        for piece in pieces:
            connection.data_received(piece)
            await asyncio.sleep(0)
        found = await asyncio.wait_for(answers(wire, count), 10)
        assert not connection.tasks
        connection.connection_lost(None)
        return found

    return client.run(run())


@pytest.fixture
def short(monkeypatch):
    """Counts what is answered on the short way."""
    from service.api.shortcut import Shortcut

    counted = []
    answered = Shortcut.answered

    def count(*given):
        is_answered = answered(*given)
        counted.extend([1] * is_answered)
        return is_answered

    monkeypatch.setattr(Shortcut, "answered", count)
    return counted


def test_a_plain_request_is_answered_wherever_its_bytes_are_split(client, record, short):
    sent = post([record, {**record, "customer_id": "a"}])
    for at in range(0, len(sent), 7):
        ((status, headers, answer),) = ask(client, *filter(None, (sent[:at], sent[at:])))
        assert (status, headers["content-type"]) == (200, "application/json")
        assert [one.get("customer_id") for one in answer["predictions"]] == [None, "a"]
    assert len(short) == len(range(0, len(sent), 7))


def test_a_large_body_is_read_aside_and_answered(client, record, short):
    records = [{**record, "customer_id": number} for number in range(1_000)]
    sent = post(records)
    assert len(sent) > INLINE_BYTES
    ((status, _, answer),) = ask(client, sent[:50_000], sent[50_000:200_000], sent[200_000:])
    assert status == 200
    assert [one["customer_id"] for one in answer["predictions"]] == list(range(1_000))
    assert not short


def test_a_body_over_the_limit_is_refused_before_it_comes(start, record):
    async def only_the_head(app):
        connection, wire = connect(app)
        connection.data_received(post([record] * 100).partition(b"{")[0])
        return await answers(wire, 1)

    with start(body_limit_bytes=1_000) as client:
        client.await_loaded()
        ((status, _, _),) = client.run(only_the_head(client.app))
    assert status == 413


def test_an_offered_upgrade_is_not_taken_and_the_body_is_answered(client, record, short):
    ((status, _, answer),) = ask(client, post([record, record], b"Connection: Upgrade", b"Upgrade: h2c"))
    assert (status, len(answer["predictions"])) == (200, 2)
    assert short


def test_the_short_answer_is_the_long_one(client, record, short):
    records = [record, {**record, "contract": "never seen", "customer_id": "é"}]
    ((_, headers, by_wire),) = ask(client, post(records, b"X-Request-ID: mine"))
    long = client.predict(records)
    assert by_wire == long.json()
    assert headers["x-request-id"] == "mine"
    assert set(long.headers) <= set(headers)
    assert len(short) == 1
    lines = [line for line in client.log() if line["event"] == "request"]
    assert {**lines[0], "time": 0, "duration_ms": 0, "request_id": 0} == {
        **lines[1], "time": 0, "duration_ms": 0, "request_id": 0,
    }  # fmt: skip
    assert lines[0]["warnings"] == {"unseen_level": 1}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (lambda r: post(r, b"Content-Encoding: gzip"), 415),
        (lambda r: post(r, b"Connection: close"), 200),
        (lambda r: post(r, b"Expect: 100-continue"), 200),
        (lambda r: post(r, path=b"/predict?on_error=report"), 200),
        (lambda r: post(r, path=b"/predict/"), 404),
        (lambda r: post(r).replace(b"POST", b"GET"), 405),
        (lambda r: post(r).replace(b"application/json", b"text/csv"), 415),
        (lambda r: post(r, body=b""), 400),
        (lambda r: post(r, body=b"nothing"), 400),
        (lambda r: post({**r, "tenure": None}), 422),
        (lambda r: post({**r, "tenure": 12.0}), 200),
    ],
)
def test_what_is_out_of_the_ordinary_goes_the_long_way(client, record, short, sent, status):
    request = sent(record)
    if b"Expect" in request:
        ((got, _, _),) = client.run(expecting(client, request))
    else:
        ((got, _, _),) = ask(client, request)
    assert got == status
    assert not short


async def expecting(client, sent):
    connection, wire = connect(client.app)
    head, _, body = sent.partition(b"\r\n\r\n")
    connection.data_received(head + b"\r\n\r\n")
    while b"100 Continue" not in wire.written:  # noqa: ASYNC110
        await asyncio.sleep(0)
    wire.written = b""
    connection.data_received(body)
    return await answers(wire, 1)


def test_requests_one_after_the_other_on_a_connection_are_answered_in_order(client, record, short):
    wrong = {**record, "tenure": "x"}
    sent = [post({**one, "customer_id": n}) for n, one in enumerate((record, record, wrong, record, wrong))]
    found = ask(client, b"".join(sent), count=5)
    assert [status for status, _, _ in found] == [200, 200, 422, 200, 422]
    assert [found[n][2]["predictions"][0]["customer_id"] for n in (0, 1, 3)] == [0, 1, 3]
    assert short


def test_many_connections_are_answered_together_each_with_their_own(start, record):
    engine = FakeEngine()

    def open_counting(bundle, _engine, _as_of):
        return Scorer(bundle.schema, engine, 0.4, (0.3, 0.6))

    async def together(app):
        connections = [connect(app) for _ in range(20)]
        for number, (connection, _) in enumerate(connections):
            connection.data_received(post({**record, "customer_id": number}))
        return [(await answers(wire, 1))[0] for _, wire in connections]

    with start(open_scorer=open_counting) as client:
        client.await_loaded()
        engine.calls.clear()
        found = client.run(together(client.app))
    assert [answer["predictions"][0]["customer_id"] for _, _, answer in found] == list(range(20))
    assert engine.calls == [20]


def test_one_caller_who_leaves_and_one_who_is_wrong_disturb_nobody(client, record):
    async def leave():
        stays, leaves, wrong, halfway = (connect(client.app) for _ in range(4))
        for connection, _ in (stays, leaves):
            connection.data_received(post(record))
        wrong[0].data_received(post({**record, "tenure": "x"}))
        halfway[0].data_received(post(record)[:-5])
        for connection, _ in (leaves, halfway):
            connection.connection_lost(None)
        found = await answers(stays[1], 1), await answers(wrong[1], 1)
        assert not any(connection.tasks for connection, _ in (stays, leaves, wrong, halfway))
        return found, leaves[1].written, halfway[1].written

    ((good,), (bad,)), *nothing = client.run(leave())
    assert (good[0], bad[0]) == (200, 422)
    assert nothing == [b"", b""]
    assert sorted(line["status"] for line in client.log() if line["event"] == "request") == [200, 422, 499, 499]


def test_a_fault_of_the_engine_is_told_and_logged(start, record):
    class Broken(FakeEngine):
        def predict(self, columns):
            good = super().predict(columns)
            return good if len(self.calls) == 1 else good + 2  # the golden rows are the first

    def open_broken(bundle, _engine, _as_of):
        return Scorer(bundle.schema, Broken(), 0.4, (0.3, 0.6))

    with start(open_scorer=open_broken) as client:
        client.await_loaded()
        ((status, headers, problem),) = ask(client, post(record))
        failure = next(line for line in client.log() if line["event"] == "failure")
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert failure["request_id"] == problem["instance"] == headers["x-request-id"]


def test_an_answer_that_cannot_be_written_keeps_nobody_else_from_theirs(client, record, monkeypatch):
    """The one whose answer cannot be written is told so; those after it in the same round have their answers."""
    write = predict.write_some

    def fail(head, answers, start, identifiers):
        if identifiers == ["bad"]:
            raise ZeroDivisionError
        return write(head, answers, start, identifiers)

    monkeypatch.setattr(predict, "write_some", fail)

    async def together(app):
        connections = [connect(app) for _ in range(3)]
        for (connection, _), identifier in zip(connections, ("good", "bad", "too"), strict=True):
            connection.data_received(post({**record, "customer_id": identifier}))
        found = [(await answers(wire, 1))[0][0] for _, wire in connections]
        return found, [connection.tasks for connection, _ in connections]

    statuses, tasks = client.run(together(client.app))
    assert statuses == [200, 500, 200]
    assert not any(tasks)


def test_without_a_model_it_goes_the_long_way(start, record):
    def refuse(*_):
        raise AssertionError

    with start(open_scorer=refuse) as client:
        ((status, headers, _),) = ask(client, post(record))
    assert (status, headers["retry-after"]) == (503, "1")


def test_a_request_that_comes_too_late_in_a_full_queue_is_refused_unread(start, record):
    async def crowd(app):
        first, second, late = (connect(app) for _ in range(3))
        for connection, _ in (first, second):
            connection.data_received(post(record))
        await_s = asyncio.get_running_loop().time() + 0.01
        while asyncio.get_running_loop().time() < await_s:
            pass  # the loop does not come round
        late[0].data_received(post("what is not even read"))
        return [(await answers(wire, 1))[0] for _, wire in (first, second, late)]

    with start(max_wait_ms=1) as client:
        client.await_loaded()
        found = client.run(crowd(client.app))
    assert [status for status, _, _ in found] == [200, 200, 429]
    assert found[-1][1]["retry-after"] == "1"
    assert "of at most 0.001 s" in found[-1][2]["detail"]


def test_while_the_service_stops_each_answer_is_the_last_on_its_connection(client, record):
    async def stop():
        connection, wire = connect(client.app)
        connection.data_received(post(record)[:-5])
        client.app.serving.drain()
        connection.data_received(post(record)[-5:])
        found = await answers(wire, 1)
        return found, wire.closed

    ((_, headers, _),), closed = client.run(stop())
    assert headers["connection"] == "close"
    assert closed


def test_a_connection_that_is_told_to_close_answers_first(client, record):
    async def close():
        connection, wire = connect(client.app)
        connection.data_received(post(record)[:-5])
        connection.shutdown()
        connection.data_received(post(record)[-5:])
        return await answers(wire, 1), wire.closed

    ((status, headers, _),), closed = client.run(close())
    assert (status, headers["connection"], closed) == (200, "close", True)


def test_a_stop_that_waits_no_longer_tells_those_whose_body_has_not_come(client, record):
    async def cancel():
        connection, wire = connect(client.app)
        connection.data_received(post(record)[:-5])
        for task in connection.tasks:  # as uvicorn goes through them
            task.cancel(msg="too late")
        found = await answers(wire, 1)
        return found, connection.tasks

    ((status, _, problem),), tasks = client.run(cancel())
    assert status == 408
    assert "stopping" in problem["detail"]
    assert not tasks


# --- Bodies that stop in the middle -------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), (b"Expect: nothing",), (b"Content-Type: application/json; charset=us-ascii",)])
def test_a_body_that_does_not_go_on_is_refused_and_its_connection_closed(client, record, monkeypatch, more):
    monkeypatch.setattr(body, "STALL_TIMEOUT_S", 0.1)
    sent = post([record], *more)

    async def stop_in_the_middle(pause_s):
        connection, wire = connect(client.app)
        connection.data_received(sent[:-20])
        await asyncio.sleep(pause_s)
        if not wire.closed:
            connection.data_received(sent[-20:])
        found = await asyncio.wait_for(answers(wire, 1), 10)
        await asyncio.sleep(0.02)
        closed = wire.closed
        connection.connection_lost(None)
        return found, closed

    ((status, headers, answer),), closed = client.run(stop_in_the_middle(0.5))
    assert (status, answer["type"], closed) == (408, "/docs#body-timeout", True)
    assert headers["connection"] == "close"
    ((status, _, _),), closed = client.run(stop_in_the_middle(0.01))
    assert (status, closed) == (200, False)


def test_a_body_that_goes_on_slowly_is_read_to_its_end(client, record, monkeypatch):
    monkeypatch.setattr(body, "STALL_TIMEOUT_S", 0.25)
    sent = post([record])

    async def slowly():
        connection, wire = connect(client.app)
        for at in range(0, len(sent), len(sent) // 9):
            connection.data_received(sent[at : at + len(sent) // 9])
            await asyncio.sleep(0.05)
        found = await asyncio.wait_for(answers(wire, 1), 10)
        connection.connection_lost(None)
        return found

    assert client.run(slowly())[0][0] == 200


@pytest.mark.parametrize("more", [(), (b"Expect: nothing",)])
def test_a_body_that_comes_a_byte_at_a_time_is_given_up(client, record, monkeypatch, more):
    monkeypatch.setattr(body, "STALL_TIMEOUT_S", 0.25)
    monkeypatch.setattr(body, "SLOW_AFTER_S", 0.3)
    sent = post([record], *more)

    async def drip():
        connection, wire = connect(client.app)
        connection.data_received(sent[:-100])
        for at in range(len(sent) - 100, len(sent)):
            if wire.written:
                break
            await asyncio.sleep(0.02)
            connection.data_received(sent[at : at + 1])
        found = await asyncio.wait_for(answers(wire, 1), 10)
        connection.connection_lost(None)
        return found

    monkeypatch.setattr(body, "SLOWEST_BYTES_PER_S", 1_000_000)
    ((status, _, answer),) = client.run(drip())
    assert (status, answer["type"]) == (408, "/docs#body-timeout")
    assert "less than 1000000 bytes a second" in answer["detail"]
    monkeypatch.setattr(body, "SLOWEST_BYTES_PER_S", 10)
    ((status, _, _),) = client.run(drip())
    assert status == 200


# --- What is no HTTP ------------------------------------------------------------------------------------

CHUNKED = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nothing of the kind\r\n\r\n",
        b"GET /health/live HTTP/9.9\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        CHUNKED + b"no length\r\n",
        CHUNKED + b"2\r\n[]too much",
    ],
)
@pytest.mark.parametrize("before", [False, True], ids=["first", "after another request"])
def test_what_is_no_http_is_a_problem_with_an_id_logged_and_counted(client, record, sent, before):
    pieces = [*([post([record])] if before else []), sent]
    found = ask(client, *pieces, count=len(pieces))
    status, headers, problem = found[-1]
    assert [one[0] for one in found] == [200] * before + [400]
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert problem["type"] == "/docs#malformed-http"
    assert problem["instance"] == headers["x-request-id"]
    (logged,) = [line for line in client.log() if line.get("request_id") == headers["x-request-id"]]
    assert (logged["event"], logged["status"]) == ("request", 400)
    assert f'status="{status}"' in client.get("/metrics").text


def test_the_log_names_no_method_where_none_was_read(client):
    ask(client, b"\x16\x03\x01")
    assert client.log()[-1]["method"] == "UNKNOWN"


@pytest.mark.parametrize("bad", [b"\x00", b"\x16\x03\x01", b"nothing\r\n\r\n", b"{}"])
def test_what_is_no_http_after_a_whole_request_leaves_that_one_its_answer(client, record, bad):
    found = ask(client, post([record], path=b"/predict?explain=1") + bad, count=2)
    assert [status for status, _, _ in found] == [501, 400]


def test_what_is_no_http_does_not_overtake_the_answers_before_it(client, record):
    slow = post([record], path=b"/predict?explain=1")
    found = ask(client, slow + post([record]) + CHUNKED + b"no length\r\n", count=3)
    assert [status for status, _, _ in found] == [501, 200, 400]
