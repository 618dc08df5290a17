"""SIGTERM while callers ask as fast as they can, some over connections that they keep, some over new ones."""

from __future__ import annotations

from statistics import median

from benchmarks.chaos.fates import Fates, together
from benchmarks.chaos.load import Kind, Load
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.requests import post
from benchmarks.chaos.result import Result

_DRAIN_S = 0.2
_CALLERS = 16
_ANSWERS_BEFORE = 400


def stops_under_load(plan: Plan, workers: int) -> Result:
    """Stop the service again and again, and count what was accepted and not answered."""
    took_s, every = [], []
    for _ in range(plan.stops):
        stopped_s, fates = _stop(plan, workers)
        took_s.append(stopped_s)
        every.append(fates)
    fates = together(every)
    return Result(
        done=f"SIGTERM under full load, × {plan.stops}, with {_workers(workers)}: {_CALLERS} callers who keep their "
        f"connection and {_CALLERS} who make a new one for each request, `--drain-s {_DRAIN_S:g}`",
        promise="every request that was accepted has a whole answer",
        figures=f"{fates.accepted:,} accepted, {fates.answered:,} answered, {fates.wrong} of them not with 200, "
        f"{len(fates.lost)} lost; stopped after {median(took_s):.2f} s (median), {max(took_s):.2f} s (longest)",
        kept=fates.all_right,
    )


def _workers(workers: int) -> str:
    return "one worker" if workers == 1 else f"{workers} workers"


def _stop(plan: Plan, workers: int) -> tuple[float, Fates]:
    record = plan.records[0]
    kinds = [
        Kind("keeping", post(record), _CALLERS),
        Kind("reconnecting", post(record, "/predict", "Connection: close"), _CALLERS),
    ]
    with serving(plan, "--workers", str(workers), "--drain-s", str(_DRAIN_S)) as service:
        service.await_workers(workers)
        with Load(service.port, kinds, until_refused=True) as load:
            load.await_answers(_ANSWERS_BEFORE)
            stopped_s = service.stop()
            load.await_refused()
    return stopped_s, together(load.fates.values())
