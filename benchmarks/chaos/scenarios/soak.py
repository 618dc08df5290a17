"""A long mixed load: does the memory grow?"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.chaos.growth import ALLOWED, growth
from benchmarks.chaos.leavers import leave_within_answer, leave_within_body
from benchmarks.chaos.load import Kind, Load
from benchmarks.chaos.meanwhile import repeating
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import serving
from benchmarks.chaos.requests import post
from benchmarks.chaos.result import Result
from benchmarks.servers import resident_mb
from benchmarks.speed.records import so_many

_LOOK_EVERY_S = 2.0
_MANY = 200
_LEAVE_EVERY_S = 0.1


def soak(plan: Plan) -> Result:
    """Look at the resident memory every two seconds while callers of every kind go on."""
    with serving(plan) as service:
        request = post(so_many(plan.records, _MANY))
        leaving = [partial(leave, service.port, request) for leave in (leave_within_body, leave_within_answer)]
        with Load(service.port, _kinds(plan)) as load, repeating(*leaving, pause_s=_LEAVE_EVERY_S) as left:
            samples_mb = _looked_at(partial(resident_mb, service.process.pid), plan.soak_s)
        times = left()
        service.stop()
    grown, every = growth(samples_mb), load.fates.values()
    return Result(
        done=f"a mixed load for {plan.soak_s / 60:g} minutes on one worker: single records, {_MANY} records, wrong "
        f"records, reasons, and callers who leave; the memory is looked at every {_LOOK_EVERY_S:.0f} s",
        promise=f"the resident memory grows by less than {ALLOWED * 100:g} % from the second fifth to the last, and "
        "every request has its right answer",
        figures=f"{'+' if grown >= 0 else '−'}{abs(grown) * 100:.2f} %: {_range(samples_mb)}; "
        f"{', '.join(f'{fates.answered:,} {name}' for name, fates in load.fates.items())}, {times:,} left; "
        f"{sum(fates.wrong for fates in every)} answered wrongly, {sum(len(fates.lost) for fates in every)} lost",
        kept=grown < ALLOWED and all(fates.all_right for fates in every) and times > 0,
    )


def _kinds(plan: Plan) -> list[Kind]:
    one = plan.records[0]
    return [
        Kind("single records", post(one), callers=4, pause_s=0.004),
        Kind(f"of {_MANY} records", post(so_many(plan.records, _MANY)), callers=1, pause_s=0.02),
        Kind("wrong ones", post([one, {"unknown": 1}, 5]), callers=1, pause_s=0.01, right=422),
        Kind("with reasons", post(one, "/predict?explain=3"), callers=1, pause_s=0.01),
    ]


def _looked_at(resident: Callable[[], float], seconds: float) -> list[float]:
    begun_s, samples_mb = time.perf_counter(), list[float]()
    while time.perf_counter() < begun_s + seconds:
        time.sleep(min(_LOOK_EVERY_S, seconds / 10))
        samples_mb.append(resident())
    return samples_mb


def _range(samples_mb: list[float]) -> str:
    least_mb, most_mb = min(samples_mb), max(samples_mb)
    return f"{len(samples_mb)} looks, median {median(samples_mb):.1f} MB, from {least_mb:.1f} to {most_mb:.1f}"
