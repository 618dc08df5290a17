"""Several workers on one port: a small parent that starts them, replaces the fallen, and passes signals on.

The workers are forked before anything heavy is imported, share the listening socket, and each opens the
bundle itself. A worker notices that its parent is gone by a pipe that then closes. Each counts in a slot of memory
that all share; one that replaces a fallen worker counts on in its slot.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from service.metrics import Slot, shared_slots

_RESTART_PAUSE_S = 0.5
_STOPS = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[int, Slot], int]
"""Runs one worker, given the end of the pipe whose closing means that the parent is gone, and where it counts.

It returns the worker's exit code.
"""


class Supervisor:
    """Keeps ``count`` workers running until a signal, or until one of them says that it cannot."""

    def __init__(self, count: int, work: Work, listener: socket.socket, say: Callable[[str], None]) -> None:
        """``listener`` is what the workers share; ``say`` tells the operator one sentence."""
        self._slots = shared_slots(count)
        self._work = work
        self._listener = listener
        self._say = say
        self._workers: dict[int, Slot] = {}  # by process id
        self._stopping = False
        self._lifeline_read, self._lifeline_write = os.pipe()

    def run(self) -> int:
        """Run until all workers are gone; return the exit code."""
        for sig in _STOPS:
            signal.signal(sig, self._on_signal)
        for slot in self._slots:
            self._start(slot)
        code = 0
        while self._workers:
            code = max(code, self._wait())
        return code

    def _start(self, slot: Slot) -> None:
        """Start one worker, unless a stop was asked for by now: one that is started later would never hear of it."""
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)  # a signal in here would reach half a worker
        if not self._stopping:
            pid = os.fork()
            if pid == 0:
                os.close(self._lifeline_write)
                os._exit(self._run_worker(slot))
            self._workers[pid] = slot
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)

    def _run_worker(self, slot: Slot) -> int:
        for sig in _STOPS:
            signal.signal(sig, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        try:
            return self._work(self._lifeline_read, slot)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()

    def _wait(self) -> int:
        """Wait for one worker to end; return the exit code that it means for all."""
        pid, status, used = os.wait3(0)
        slot = self._workers.pop(pid, None)
        if slot is None:  # the first process of a container is handed the orphans of others
            return 0
        slot.release(used.ru_utime + used.ru_stime)
        code = os.waitstatus_to_exitcode(status)
        if not self._stopping and code < 0:
            self._replace(pid, -code, slot)
        elif not self._stopping:  # the worker's own decision, which the others would come to as well
            self._stop()
        return max(code, 0)

    def _replace(self, pid: int, sig: int, slot: Slot) -> None:
        self._say(f"Worker {pid} was ended by signal {sig}; another takes its place.")
        time.sleep(_RESTART_PAUSE_S)
        self._start(slot)

    def _on_signal(self, _sig: int, _frame: FrameType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        """Pass the stop on; a second one makes the workers give up waiting."""
        self._stopping = True
        self._listener.close()  # so that the last worker that stops listening really ends it
        for pid in tuple(self._workers):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
