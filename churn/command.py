"""What every command shares: exit codes, the ``--as-of`` day, and progress on stderr.

Exit codes: 0 good, 2 wrong usage or bad input, 1 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import IO, Self

from churn.errors import BadInput, ChurnError

GOOD, FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
_BAR_CHARACTERS = 30
_USUAL_WIDTH = 80
_BAR_EVERY_S = 0.2
_LINE_EVERY_S = 5.0


def run_command(function: Callable[[], int]) -> int:
    """Run a command's work and return its exit code; what goes wrong is one sentence on stderr.

    An error that nobody foresaw is left to Python, which shows where it happened and exits with 1.
    """
    try:
        code = function()
        sys.stdout.flush()
    except ChurnError as error:
        say(f"Error: {error}")
        return BAD_INPUT if isinstance(error, BadInput) else FAULT
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # who read our output has left, as `head` does
        _drop_stdout()
        return FAULT
    except MemoryError:
        say("Error: there is not enough memory for this; run it where there is more, or with fewer rows.")
        return FAULT
    except OSError as error:
        say(f"Error: {error.filename or 'reading or writing'}: {error.strerror or error}.")
        return FAULT
    return code


def say(sentence: str) -> None:
    """Say a sentence on stderr; a reader who has left is no reason to stop."""
    with suppress(BrokenPipeError):
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201  commands talk to people


def _drop_stdout() -> None:
    """Point stdout nowhere, so that Python's flush at exit does not fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM (a scheduler's patience has ended) end the block as Ctrl-C does, so that it can clean up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def as_of_day(text: str) -> date:
    """Read an ``--as-of`` day, YYYY-MM-DD or ``today`` (by this machine's clock and time zone), for argparse.

    Raises:
        argparse.ArgumentTypeError: the text is neither.
    """
    if text == "today":
        return datetime.now(UTC).astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD, or today") from None


class Progress:
    """How far long work is, on stderr: a bar on a terminal, a plain line every few seconds in a log.

    Use it as a context manager; the bar is wiped at the end.
    """

    def __init__(self, what: str, stream: IO[str] | None = None) -> None:
        """Take what is being done, such as ``Scoring``."""
        self._what = what
        self._stream = stream or sys.stderr
        self._bar = self._stream.isatty()
        self._started_s = time.monotonic()
        self._due_s = self._started_s + (0.0 if self._bar else _LINE_EVERY_S)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the bar."""
        if self._bar:
            self._write("\r\x1b[K")

    def show(self, share: float, rows: int) -> None:
        """Tell that ``share`` (0 to 1) of the work is done, ``rows`` rows so far; shown when it is time to."""
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + (_BAR_EVERY_S if self._bar else _LINE_EVERY_S)
        rate = rows / max(now_s - self._started_s, 1e-9)
        said = f"{share:4.0%}, {rows:,} rows, {rate:,.0f} rows/s"
        if self._bar:
            self.draw(share, said)
        else:
            self.say(f"{self._what}: {said}")

    def draw(self, share: float, said: str) -> None:
        """Draw the bar in the place of the last one; in a log there is none. Cut to the width, for it cannot wrap."""
        if self._bar:
            full = round(share * _BAR_CHARACTERS)
            line = f"{'█' * full}{'░' * (_BAR_CHARACTERS - full)} {self._what}: {said}"
            self._write(f"\r{line[: _width(self._stream) - 1]}\x1b[K")

    def say(self, sentence: str) -> None:
        """Say a sentence without tearing the bar."""
        self._write(f"\r\x1b[K{sentence}\n" if self._bar else f"{sentence}\n")

    def _write(self, text: str) -> None:
        with suppress(BrokenPipeError):
            self._stream.write(text)
            self._stream.flush()


def _width(terminal: IO[str]) -> int:
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _USUAL_WIDTH
    except OSError:  # no terminal after all, or one that does not tell
        return _USUAL_WIDTH
