"""The processor time of a process and of all that descend from it, as Linux counts it."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path


def tree_cpu_s(pid: int) -> float:
    """Return the seconds, user and system, that a process and its living descendants have used by now.

    Raises:
        ProcessLookupError: there is no such process.
    """
    ticks, children = _processes()
    if pid not in ticks:
        raise ProcessLookupError(f"There is no process {pid}.")
    waiting, used = [pid], 0
    while waiting:
        one = waiting.pop()
        used += ticks[one]
        waiting += children[one]
    return used / os.sysconf("SC_CLK_TCK")


def _processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    """Return utime + stime of each process, and its children."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            # Its name, in brackets, may hold anything; behind it stand state, parent, ..., utime, stime.
            fields = file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            pid = int(file.parent.name)
            ticks[pid] = int(fields[11]) + int(fields[12])
            children[int(fields[1])].append(pid)
    return ticks, children
