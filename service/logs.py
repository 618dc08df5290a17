"""The log: one JSON object a line, nothing in it that a customer record held.

Lines are gathered and written together, a fraction of a second later, so that a request costs no system
call; a line of level error, and the end of the process, write at once. Lines that nobody takes are dropped and
counted: before the next line that can be written stands how many.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from traceback import walk_tb
from typing import Any

from service.settings import LOG_LEVELS
from service.stdout import PIECE_BYTES, Stdout

_FLUSH_AFTER_S = 0.2
_FLUSH_AT_LINES = 512
_CUT_CHARACTERS = 1_500
"""What is left of members that are too long for a line; written as text they at most double."""


class Log:
    """Writes structured lines through ``write`` (stdout by default) from a level upwards."""

    def __init__(self, level: str = "info", write: Callable[[str], object] | None = None) -> None:
        """Take the least level to log, one of ``LOG_LEVELS``; ``write`` may return how many lines it had to drop."""
        self._least = LOG_LEVELS.index(level)
        self._write = write or Stdout()
        self._lines: list[str] = []
        self._dropped = 0
        self._lock = Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._second, self._stamp = 0, ""
        self.logs_requests = self._least <= LOG_LEVELS.index("info")
        atexit.register(self.flush)

    def event(self, level: str, name: str, **facts: Any) -> None:
        """Log one thing that happened; ``facts`` have to be plain data without personal data."""
        if LOG_LEVELS.index(level) < self._least:
            return
        self.line(level, name, json.dumps(facts, default=str, separators=(",", ":"))[1:-1])
        if level == "error":
            self.flush()

    def line(self, level: str, name: str, members: str) -> None:
        """Add one line whose further ``members`` are JSON already; the quick way, the level is not judged."""
        rest = f",{members}" if members else ""
        with self._lock:  # never log in a signal handler: it may have interrupted us here
            self._lines.append(self._made(level, name, rest))
        if len(self._lines) >= _FLUSH_AT_LINES:
            self.flush()
        elif self._timer is None:
            self._flush_soon()

    def flush(self) -> None:
        """Write what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with self._lock:
            lines, self._lines = self._lines, []
            if lines or self._dropped:
                self._hand_on(lines)

    def close(self) -> None:
        """Write what was gathered, and no more at the end of the process."""
        self.flush()
        atexit.unregister(self.flush)

    def _hand_on(self, lines: list[str]) -> None:
        """Write lines, and before them how many were dropped since the last that were written."""
        before = self._dropped
        told = [self._made("warning", "log_lines_dropped", f',"lines":{before}')] if before else []
        lost = self._write("".join([*told, *lines]))
        lost = lost if isinstance(lost, int) else 0
        self._dropped = before + len(lines) if lost > len(lines) else lost

    def _made(self, level: str, name: str, rest: str) -> str:
        line = f'{{"time":"{self._now()}","level":"{level}","event":"{name}"{rest}}}\n'
        if len(line) > PIECE_BYTES:  # all in ASCII
            return self._made(level, name, f',"cut":{json.dumps(rest[1:_CUT_CHARACTERS])}')
        return line

    def _flush_soon(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread, or before the server runs
            self.flush()
        else:
            self._timer = loop.call_later(_FLUSH_AFTER_S, self.flush)

    def _now(self) -> str:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._stamp}.{int((now - second) * 1000):03d}Z"


def stack(error: BaseException) -> list[str]:
    """Return where an exception was raised, outermost first: file, line and function, and no value of any variable."""
    return [
        f"{Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]


class JsonHandler(logging.Handler):
    """Sends what libraries log into our log; without the messages of exceptions, which may show values."""

    def __init__(self, log: Log) -> None:
        """Take the log to write to."""
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record."""
        level = next(
            (name for name in reversed(LOG_LEVELS) if record.levelno >= getattr(logging, name.upper())), "debug"
        )
        facts: dict[str, Any] = {"logger": record.name, "message": record.getMessage().strip()}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            facts.update(exception=type(error).__name__, stack=stack(error))
        self._log.event(level, "library", **facts)
