from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from training import progress
from training.progress import Reporter


@pytest.fixture
def log():
    return io.StringIO()


@pytest.fixture
def in_log(log):
    return Reporter(Console(file=log, width=120, soft_wrap=True))


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now_s[0])
    return now_s


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_in_a_log_every_job_is_a_line(in_log, log):
    with in_log.jobs("Teaching", 2) as done:
        done("TabM, fold 1")
        done("TabM, fold 2")
    assert log.getvalue() == "  Teaching: 1 of 2 (TabM, fold 1)\n  Teaching: 2 of 2 (TabM, fold 2)\n"


def test_jobs_without_end_are_counted(in_log, log):
    with in_log.jobs("Searching", None) as done:
        done("TabM: log loss 0.4")
    assert log.getvalue() == "  Searching: 1 (TabM: log loss 0.4)\n"


def test_in_a_log_an_epoch_is_a_line_every_few_seconds_and_at_the_end(in_log, log, clock):
    with in_log.epochs("Distilling") as on_epoch:
        for epoch in range(1, 11):
            clock[0] += 1
            on_epoch(epoch, 10, 0.5, 0.625)
    assert log.getvalue() == (
        "  Distilling: epoch 6 of 10, log loss 0.5000 training, 0.6250 kept apart\n"
        "  Distilling: epoch 10 of 10, log loss 0.5000 training, 0.6250 kept apart\n"
    )


def test_on_a_terminal_it_is_one_bar_that_is_wiped(clock):
    terminal = Terminal()
    reporter = Reporter(Console(file=terminal))
    with reporter.jobs("Teaching", 4) as done:
        clock[0] += 65
        done("TabM, fold 1")
    assert f"\r{'█' * 8}{'░' * 22} Teaching: 0:01:05, 1 of 4 (TabM, fold 1)" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "\n" not in terminal.getvalue()


def test_the_clock_of_the_bar_goes_on_between_two_jobs(monkeypatch):
    ticked = threading.Event()

    class Watched(Terminal):
        def write(self, text):
            if "Teaching: 0:00:00, ..." in text:
                ticked.set()
            return super().write(text)

    monkeypatch.setattr(progress, "_TICK_S", 0.001)
    with Reporter(Console(file=Watched())).jobs("Teaching", 4):
        assert ticked.wait(60)


def test_what_is_said_is_no_markup(in_log, log):
    in_log.warn("[bold]5[/bold]")
    assert log.getvalue() == "warning: [bold]5[/bold]\n"
