"""A log that cannot be written: the disk is full, or nobody reads the pipe any more."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.chaos.beside import PROMISE, during, told
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.result import NotHere, Result

_SECONDS = 3.0
_FULL = Path("/dev/full")
_STOPS = f"{PROMISE}, and a stop ends with code 0"


def log_on_a_full_disk(plan: Plan) -> Result:
    """Ask a service whose every write of the log finds no room (ENOSPC).

    Raises:
        NotHere: there is no /dev/full.
    """
    if not _FULL.is_char_device():
        raise NotHere(f"It needs {_FULL}, which Linux has.")
    with _FULL.open("wb", buffering=0) as full, serving(plan, stdout=full) as service:
        fates = during(plan, service.port, lambda: time.sleep(_SECONDS))
        stopped_s = service.stop()
    return Result(
        done=f"the log goes to `{_FULL}`, where every write fails as on a full disk (ENOSPC), for {_SECONDS:.0f} s",
        promise=_STOPS,
        figures=f"{fates.answered:,} ordinary requests answered, {fates.wrong} of them wrongly, {len(fates.lost)} "
        f"lost; stopped after {stopped_s:.2f} s",
        kept=fates.all_right,
    )


def log_that_nobody_reads(plan: Plan) -> Result:
    """Ask a service whose log went to a pipe that somebody read, and then closed."""
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb", 0) as read_end,
        os.fdopen(writer, "wb", 0) as write_end,
        serving(plan, stdout=write_end) as service,
    ):
        write_end.close()
        before = during(plan, service.port, lambda: time.sleep(_SECONDS / 2))
        lines = read_end.read(65_536).count(b"\n")
        read_end.close()
        fates = during(plan, service.port, lambda: time.sleep(_SECONDS))
        stopped_s = service.stop()
    return Result(
        done=f"the log goes to a pipe whose reader takes {lines} lines and closes it; {_SECONDS:.0f} s more",
        promise=_STOPS,
        figures=f"{told(fates, before)}; stopped after {stopped_s:.2f} s",
        kept=fates.all_right and before.all_right and lines > 0,
    )
