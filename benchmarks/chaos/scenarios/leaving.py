"""Callers who leave in the middle: of the body that they send, or of the answer that they take."""

from __future__ import annotations

import time
from functools import partial

from benchmarks.chaos.beside import PROMISE, during, quiet, told
from benchmarks.chaos.leavers import leave_within_answer, leave_within_body
from benchmarks.chaos.meanwhile import repeating
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.requests import post
from benchmarks.chaos.result import Result
from benchmarks.speed.records import so_many

_SECONDS = 5.0
_OF_EACH = 4
_PAUSE_S = 0.02
_MANY = 1_000


def callers_who_leave(plan: Plan) -> Result:
    """Ask while others leave."""
    request = post(so_many(plan.records, _MANY))
    with serving(plan) as service:
        before = quiet(plan, service.port)
        leaving = [partial(leave, service.port, request) for leave in (leave_within_body, leave_within_answer)]
        with repeating(*leaving * _OF_EACH, pause_s=_PAUSE_S) as left:
            fates = during(plan, service.port, lambda: time.sleep(_SECONDS))
        times = left()
        service.stop()
    return Result(
        done=f"for {_SECONDS:.0f} s {_OF_EACH} callers hang up in the middle of a body of {_MANY:,} records, and "
        f"{_OF_EACH} in the middle of its answer, again and again",
        promise=PROMISE,
        figures=f"hung up {times:,} times; {told(fates, before)}",
        kept=fates.all_right and times > _OF_EACH * 2,
    )
