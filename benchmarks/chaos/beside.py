"""An ordinary caller beside others who behave badly: is it answered, and how fast, beside when it is quiet?"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.chaos.fates import Fates
from benchmarks.chaos.load import Kind, Load
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.requests import post

PROMISE = "ordinary requests of another caller are all answered"
_QUIET_S = 2.0
_NAME = "ordinary"


def ordinary(plan: Plan, *headers: str) -> Kind:
    """Return four callers with one record each, who pause 2 ms after an answer."""
    return Kind(_NAME, post(plan.records[0], "/predict", *headers), callers=4, pause_s=0.002)


def quiet(plan: Plan, port: int) -> Fates:
    """Return what becomes of ordinary requests when nobody else calls; the first ones are not counted."""
    during(plan, port, lambda: time.sleep(_QUIET_S / 4))
    return during(plan, port, lambda: time.sleep(_QUIET_S))


def during(plan: Plan, port: int, what: Callable[[], object]) -> Fates:
    """Return what becomes of ordinary requests while ``what`` is done."""
    with Load(port, [ordinary(plan)]) as load:
        what()
    return load.fates[_NAME]


def told(fates: Fates, before: Fates) -> str:
    """Return the figures as a part of a sentence."""
    return (
        f"{fates.answered:,} ordinary requests answered, {fates.wrong} of them wrongly, {len(fates.lost)} lost; "
        f"p99 {fates.p99_ms:.1f} ms, when quiet {before.p99_ms:.1f} ms"
    )
