"""Closing the door of a listening socket: who is inside is served, who comes later is refused."""

import socket
import sys
import time
from contextlib import suppress

import pytest

from service import listener as listener_module
from service.listener import BACKLOG, accept_waiting, admit_nobody, listen, sent_unread_bytes

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can drop new connections one by one")


@pytest.fixture
def listener():
    with listen("127.0.0.1", 0) as opened:
        yield opened


def connect(listener, timeout_s=5.0):
    return socket.create_connection(listener.getsockname(), timeout=timeout_s)


def close_all(connections):
    for connection in connections:
        connection.close()


def test_who_waits_is_accepted_though_nobody_is_admitted_any_more(listener):
    callers = [connect(listener) for _ in range(20)]
    admit_nobody(listener)
    accepted = accept_waiting(listener)
    assert len(accepted) == 20
    callers[0].sendall(b"still heard")
    ours = next(one for one in accepted if one.getpeername() == callers[0].getsockname())
    ours.settimeout(5)
    assert ours.recv(100) == b"still heard"
    assert accept_waiting(listener) == []
    close_all([*callers, *accepted])


@linux
def test_who_comes_later_waits_outside_and_is_refused_once_it_is_closed(listener):
    admit_nobody(listener)
    with pytest.raises(TimeoutError):
        connect(listener, timeout_s=0.2)
    assert accept_waiting(listener) == []
    late = socket.socket()
    late.setblocking(False)
    assert late.connect_ex(listener.getsockname())
    listener.close()
    late.setblocking(True)
    end_s = time.monotonic() + 20
    while not (reason := late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) and time.monotonic() < end_s:
        time.sleep(0.05)
    late.close()
    assert ConnectionRefusedError is type(OSError(reason, ""))


def test_without_a_filter_the_queue_is_made_as_short_as_it_can_be(listener, monkeypatch):
    monkeypatch.setattr(listener_module, "_drop_new_connections", lambda _: False)
    callers = [connect(listener) for _ in range(5)]
    admit_nobody(listener)
    accepted = accept_waiting(listener)
    assert len(accepted) == 5
    close_all([*callers, *accepted])


def test_no_more_are_accepted_in_one_go_than_the_queue_can_hold():
    class Endless:
        def setblocking(self, _):
            pass

        def accept(self):
            return object(), None

    assert len(accept_waiting(Endless())) == BACKLOG


@linux
def test_what_was_sent_and_is_not_read_becomes_less_when_it_is_read(listener):
    with socket.create_connection(listener.getsockname()) as caller:
        connection, _ = listener.accept()
        with connection:
            assert sent_unread_bytes(connection) == 0
            connection.setblocking(False)
            sent = 0
            with suppress(BlockingIOError):
                while True:
                    sent += connection.send(bytes(65_536))
            full = sent_unread_bytes(connection)
            assert 0 < full <= sent
            read = 0
            while read < sent:
                read += len(caller.recv(1_048_576))
            end_s = time.monotonic() + 10
            while sent_unread_bytes(connection) and time.monotonic() < end_s:
                time.sleep(0.01)
            assert sent_unread_bytes(connection) == 0
        assert sent_unread_bytes(connection) == 0  # closed
