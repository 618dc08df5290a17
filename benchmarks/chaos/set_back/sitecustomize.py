"""A wall clock that goes back by an hour at SIGUSR1, for a Python that starts with this folder in PYTHONPATH.

Python imports a module of this name before anything else. Only ``time.time`` is replaced: the monotonic clocks go on,
as they do when a real clock is set, and ``datetime.now``, which asks the system, is not touched.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

_HOUR_S = 3_600.0


class _WallClock:
    def __init__(self) -> None:
        self._real_s = time.time
        self._behind_s = 0.0

    def __call__(self) -> float:
        return self._real_s() - self._behind_s

    def set_back(self, _number: int, _frame: FrameType | None) -> None:
        self._behind_s += _HOUR_S


_clock = _WallClock()
time.time = _clock
signal.signal(signal.SIGUSR1, _clock.set_back)
