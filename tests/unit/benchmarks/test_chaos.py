"""What is pure in benchmarks/chaos, and its callers beside a server that behaves as said."""

import signal
import socket
import threading
import time
from contextlib import closing, contextmanager

import pytest

from benchmarks.chaos import __main__ as chaos
from benchmarks.chaos.connections import is_open, ports_in
from benchmarks.chaos.fates import Fates, Lost, elsewhere, together
from benchmarks.chaos.growth import growth
from benchmarks.chaos.load import Kind, Load
from benchmarks.chaos.meanwhile import repeating
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.requests import Answer, get, post, whole
from benchmarks.chaos.result import NotHere, Result
from benchmarks.chaos.runner import go_through
from benchmarks.chaos.scenarios.wall_clock import _largest_step_back_s
from benchmarks.chaos.table import page, table, verdict

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
HALF = OK[:-1]
KEPT = Result("done", "promised", "found", kept=True)
BROKEN = Result("done", "promised", "found", kept=False)
UNTRIED = Result("done", "", "It needs two cores.", kept=None)
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 33 1 0 20 4 30 10 -1
   3: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 20 4 30 10 -1
"""


# --- growth -----------------------------------------------------------------------------------------


def test_growth_is_the_last_fifth_beside_the_second_and_the_first_is_warm_up():
    assert growth([50, 60, 80, 80, 85, 85, 90, 90, 88, 88]) == pytest.approx(0.10)
    assert growth([10, 100, 100, 100, 100]) == 0
    assert growth([10, 100, 100, 100, 98]) == pytest.approx(-0.02)


def test_growth_is_not_led_astray_by_one_look():
    assert growth([1] * 5 + [80] * 5 + [80] * 10 + [80, 80, 800, 80, 80]) == 0


def test_growth_needs_a_look_in_each_fifth():
    with pytest.raises(ValueError, match="4 samples of the memory are too few; it takes 5 at least"):
        growth([80] * 4)


# --- fates ------------------------------------------------------------------------------------------


def test_accepted_are_the_answered_and_the_lost_but_not_the_refused():
    fates = Fates()
    fates.statuses.update({200: 5, 429: 2})
    fates.lost.append(Lost(50_000, 0))
    fates.refused = 9
    assert (fates.accepted, fates.answered, fates.wrong, len(fates.lost)) == (8, 7, 2, 1)


@pytest.mark.parametrize(
    ("statuses", "lost", "right"),
    [({200: 5}, [], True), ({200: 5}, [Lost(1, 0)], False), ({200: 5, 500: 1}, [], False), ({}, [], False)],
)
def test_all_is_right_where_some_were_answered_all_of_them_well(statuses, lost, right):
    fates = Fates(lost=lost)
    fates.statuses.update(statuses)
    assert fates.all_right is right


def test_what_is_right_may_be_another_status():
    fates = Fates(right=422)
    fates.statuses.update({422: 5})
    assert fates.all_right
    fates.statuses.update({200: 1})
    assert fates.wrong == 1


def test_fates_add_up():
    one, other = Fates(), Fates(lost=[Lost(1, 2)], refused=3)
    one.statuses.update({200: 4})
    other.statuses.update({200: 1, 503: 1})
    both = together([one, other])
    assert (both.statuses, both.lost, both.refused) == ({200: 5, 503: 1}, [Lost(1, 2)], 3)


def test_the_p99_is_in_milliseconds_and_needs_a_hundred_answers():
    fates = Fates()
    fates.latencies_s.extend([0.001] * 99)
    with pytest.raises(ValueError, match="99 answers are too few for a p99; it takes 100"):
        _ = fates.p99_ms
    fates.latencies_s.extend([0.001] * 101)
    assert fates.p99_ms == pytest.approx(1)


def test_lost_elsewhere_is_what_no_port_explains():
    assert elsewhere([Lost(1, 0), Lost(2, 0), Lost(3, 9)], {1, 3}) == [Lost(2, 0)]


# --- requests ---------------------------------------------------------------------------------------


def test_an_answer_is_whole_when_all_that_it_announces_has_come():
    assert [whole(OK[:length]) for length in range(len(OK))] == [None] * len(OK)
    assert whole(OK) == Answer(200, closes=False, head=OK[: OK.index(b"\r\n\r\n")])
    assert whole(LAST).closes


def test_a_request_says_how_long_its_body_is():
    head, _, body = post({"a": 1}, "/explain", "X-API-Key: k").partition(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    assert head.splitlines() == [
        b"POST /explain HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/json",
        b"X-API-Key: k",
        b"Content-Length: 8",
    ]
    assert get("/model") == b"GET /model HTTP/1.1\r\nHost: x\r\n\r\n"


# --- connections ------------------------------------------------------------------------------------


def test_the_callers_of_a_process_are_found_by_its_sockets():
    assert ports_in(TCP, {"11", "22"}, 8080) == {50_000}
    assert ports_in(TCP, {"11", "22", "33"}, 8080) == {50_000, 50_001}
    assert ports_in(TCP, {"22"}, 8081) == set()


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="TCP_INFO is Linux's")
def test_a_connection_is_open_until_the_other_side_closes_it():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as wire:
        other, _ = listener.accept()
        assert is_open(wire)
        other.close()
        end_s = time.monotonic() + 10
        while is_open(wire):
            assert time.monotonic() < end_s


# --- callers ----------------------------------------------------------------------------------------


@contextmanager
def server(*answers):
    """Answers the requests of each connection with these, one after the other, and closes it then."""
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(listener):

        def serve():
            while True:
                try:
                    wire, _ = listener.accept()
                except OSError:  # closed: it is over
                    return
                with wire:
                    for answer in answers:
                        if not wire.recv(65_536):
                            break
                        wire.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            assert not thread.is_alive()


def called(*answers, enough, callers=1):
    with server(*answers) as port, Load(port, [Kind("k", get("/"), callers)]) as load:
        end_s = time.monotonic() + 20
        while not enough(load.fates["k"]):
            assert time.monotonic() < end_s
            time.sleep(0.001)
    return load.fates["k"]


def test_answers_are_counted_by_their_status_over_one_connection_after_the_other():
    fates = called(OK, BUSY, LAST, enough=lambda fates: fates.answered >= 9)
    assert fates.statuses.keys() == {200, 429}
    assert fates.lost == []
    assert len(fates.latencies_s) == fates.answered


def test_half_an_answer_and_none_at_all_are_lost():
    fates = called(OK, HALF, enough=lambda fates: len(fates.lost) >= 3)
    assert {one.received_bytes for one in fates.lost} <= {len(HALF), 0}
    assert len(HALF) in {one.received_bytes for one in fates.lost}
    assert fates.accepted == fates.answered + len(fates.lost)
    assert all(one.local_port for one in fates.lost)


def test_callers_end_when_nobody_listens_if_that_is_asked_for():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Load(port, [Kind("k", get("/"), 3)], until_refused=True) as load:
        load.await_refused()
    assert load.fates["k"].refused == 3
    assert load.fates["k"].accepted == 0


# --- threads ----------------------------------------------------------------------------------------


def test_actions_are_repeated_until_the_block_ends():
    enough = threading.Event()
    done = []

    def act():
        done.append(1)
        if len(done) > 5:
            enough.set()

    with repeating(act, act, pause_s=0) as times:
        assert enough.wait(10)
    assert times() == len(done) > 5


def test_an_action_that_fails_is_told():
    def fail():
        raise OSError("nobody there")

    with pytest.raises(OSError, match="nobody there"), repeating(fail, pause_s=0):
        pass


# --- the runner and the page ------------------------------------------------------------------------


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path, [{}], 1, 1, 1.0)


def test_a_scenario_that_fails_broke_its_promise_and_the_others_go_on(plan, capsys):
    def fails(_plan):
        """Do what cannot be done."""
        raise RuntimeError("no way")

    def is_not_here(_plan):
        """Need what is not there."""
        raise NotHere("It needs two cores.")

    found = go_through(plan, {"a": fails, "b": is_not_here, "c": lambda _plan: KEPT}, 60)
    assert found["a"] == Result("Do what cannot be done.", "", "It failed: RuntimeError: no way", kept=False)
    assert (found["b"].kept, found["b"].figures) == (None, "It needs two cores.")
    assert found["c"] is KEPT
    assert "c: yes" in capsys.readouterr().out


def test_a_scenario_that_does_not_end_is_broken_off_and_no_other_begins(plan):
    never = threading.Event()
    before = signal.getsignal(signal.SIGALRM)
    found = go_through(plan, {"endless": lambda _plan: never.wait(60), "next": lambda _plan: KEPT}, 0.1)
    assert "did not come to an end within the 0 s that were left" in found["endless"].figures
    assert (found["next"].kept, found["next"].figures) == (False, "There was no time left.")
    assert signal.getsignal(signal.SIGALRM) is before


def test_the_table_has_a_row_for_each_scenario_whatever_it_says():
    odd = Result("two\nlines", "a | b", "x", kept=False)
    rows = table({"one": KEPT, "two": odd, "three": UNTRIED}).splitlines()[2:]
    assert rows == [
        "| one | done | promised | found | yes |",
        "| two | two lines | a / b | x | NO |",
        "| three | done |  | It needs two cores. | not tried |",
    ]


def test_the_verdict_names_what_was_broken_and_what_was_not_tried():
    assert verdict({"a": KEPT}) == "1 of 1 promises were kept."
    assert verdict({"a": KEPT, "b": BROKEN, "c": UNTRIED}) == (
        "1 of 3 promises were kept, 1 broken: b, 1 could not be tried here: c."
    )


def test_the_page_says_how_it_was_made(monkeypatch):
    text = page("python -m benchmarks.chaos", 90, {"a": KEPT})
    assert "`python -m benchmarks.chaos`" in text
    assert "1.5 minutes" in text
    assert "cores" in text
    assert "| a | done |" in text


@pytest.mark.skipif(chaos.sys.platform != "linux", reason="elsewhere it says that it needs Linux")
def test_the_page_is_written_and_the_exit_code_1_when_a_promise_was_broken(monkeypatch, tmp_path, shipped_bundle):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(chaos, "SCENARIOS", {"good": lambda _plan: KEPT, "bad": lambda _plan: BROKEN})
    monkeypatch.setattr(chaos, "PAGE", tmp_path / "page.md")
    try:
        assert chaos.main([str(shipped_bundle)]) == 1
        assert "1 broken: bad" in (tmp_path / "page.md").read_text()
        (tmp_path / "page.md").unlink()
        assert chaos.main([str(shipped_bundle), "--only", "good"]) == 0
        assert not (tmp_path / "page.md").exists()
        assert chaos.main([str(shipped_bundle), "--only", "good", "--out", str(tmp_path / "some.md")]) == 0
        assert "--only good" in (tmp_path / "some.md").read_text()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_clock_that_went_back_is_seen_in_the_times_of_the_lines():
    times = ["2026-01-01T10:00:00.000Z", "2026-01-01T10:00:01.000Z", "2026-01-01T09:00:02.500Z"]
    assert _largest_step_back_s(times) == pytest.approx(3_598.5)
