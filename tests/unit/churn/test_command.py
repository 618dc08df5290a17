from __future__ import annotations

import argparse
import io
import os
import signal
from datetime import date

import pytest

from churn import command
from churn.command import Progress, as_of_day, run_command, sigterm_interrupts
from churn.errors import BundleError, ChurnError, EngineError


def raising(error):
    def function():
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BundleError("It is damaged."), 2),
        (EngineError("It does not answer."), 1),
        (ChurnError("Something."), 1),
        (KeyboardInterrupt(), 130),
        (MemoryError(), 1),
        (OSError(28, "No space left on device", "out.csv"), 1),
    ],
)
def test_every_error_has_its_exit_code_and_one_line_on_stderr(error, code, capsys):
    assert run_command(raising(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_the_sentence_of_the_error_is_what_is_said(capsys):
    run_command(raising(BundleError("It is damaged. Get it again.")))
    assert capsys.readouterr().err == "Error: It is damaged. Get it again.\n"


def test_an_error_of_the_system_says_which_file(capsys):
    run_command(raising(OSError(28, "No space left on device", "out.csv")))
    assert capsys.readouterr().err == "Error: out.csv: No space left on device.\n"


def test_work_that_goes_well_gives_its_own_code():
    assert run_command(lambda: 0) == 0


def test_an_error_that_nobody_foresaw_is_left_to_python():
    with pytest.raises(ZeroDivisionError):
        run_command(lambda: 1 // 0)


def test_a_reader_who_has_left_is_no_traceback(capfd):
    assert run_command(raising(BrokenPipeError())) == 1
    assert capfd.readouterr().err == ""


def test_sigterm_ends_the_block_like_ctrl_c_and_is_as_before_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), sigterm_interrupts():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_as_of_is_a_day_or_today():
    assert as_of_day("2024-02-29") == date(2024, 2, 29)
    assert abs((as_of_day("today") - date.today()).days) <= 1  # noqa: DTZ011


@pytest.mark.parametrize("text", ["", "yesterday", "29.02.2024", "2023-02-29"])
def test_as_of_that_is_no_day_is_wrong_usage(text):
    with pytest.raises(argparse.ArgumentTypeError, match="YYYY-MM-DD"):
        as_of_day(text)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_shows_a_bar_and_wipes_it(clock):
    stream = Terminal()
    with Progress("Scoring", stream) as progress:
        clock[0] += 1
        progress.show(0.5, 1_000)
    assert "█" * 15 + "░" * 15 + " Scoring:  50%, 1,000 rows, 1,000 rows/s" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "\n" not in stream.getvalue()


def test_a_bar_is_not_drawn_for_every_batch(clock):
    stream = Terminal()
    progress = Progress("Scoring", stream)
    for _ in range(100):
        progress.show(0.1, 1)
    assert stream.getvalue().count("Scoring") == 1


def test_a_log_gets_a_plain_line_every_few_seconds(clock):
    stream = io.StringIO()
    with Progress("Scoring", stream) as progress:
        for _ in range(12):
            clock[0] += 1
            progress.show(0.25, 100)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("Scoring:  25%") for line in lines)


def test_a_sentence_does_not_tear_the_bar():
    stream = Terminal()
    Progress("Scoring", stream).say("line 3 is wrong")
    assert stream.getvalue() == "\r\x1b[Kline 3 is wrong\n"


def test_a_bar_is_cut_to_the_width_of_its_terminal(clock, monkeypatch):
    monkeypatch.setattr(command.os, "get_terminal_size", lambda _: os.terminal_size((40, 24)))
    stream = Terminal()
    stream.fileno = lambda: 2
    Progress("Scoring", stream).show(0.5, 1_000)
    assert stream.getvalue() == "\r" + "█" * 15 + "░" * 15 + " Scoring:\x1b[K"


def test_a_bar_is_drawn_only_on_a_terminal():
    stream = io.StringIO()
    Progress("Scoring", stream).draw(0.5, "half of it")
    assert stream.getvalue() == ""
