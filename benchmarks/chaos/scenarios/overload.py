"""Five times as many requests as can be answered. What can be is found by a closed loop first."""

from __future__ import annotations

import os
import time

from benchmarks.chaos.load import Kind, Load
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.requests import post
from benchmarks.chaos.result import NotHere, Result
from benchmarks.speed.cores import CLIENT_CORE, SERVER_CORE
from benchmarks.speed.overload import OK, RECORDS, TOO_BUSY, Overload, measure_overload
from benchmarks.speed.records import so_many
from benchmarks.speed.targets import running, service

_TIMES = 5
_GOODPUT = 0.8
_SECONDS = 5.0
_CLOSED_LOOP = 16
_CONNECTIONS = 256
_MAX_WAIT_MS = 100
"""With 256 connections and the 500 ms that are the default, all could wait, and nobody would have to be refused."""


def five_times(plan: Plan) -> Result:
    """Measure the capacity, and then what is left of it.

    Raises:
        NotHere: there are not two cores, one for the service and one for who loads it.
    """
    if not {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0):
        raise NotHere("It needs two cores: one for the service, one for who loads it.")
    options = ("--max-wait-ms", str(_MAX_WAIT_MS))
    capacity_per_s = _capacity_per_s(plan)
    [found] = measure_overload(
        plan.bundle,
        plan.records,
        capacity_per_s,
        _SECONDS,
        times=(_TIMES,),
        connections=_CONNECTIONS,
        options=options,
    )
    tally = found.tally
    refused = len(tally.latencies_s.get(TOO_BUSY, []))
    others = sum(len(latencies_s) for status, latencies_s in tally.latencies_s.items() if status not in {OK, TOO_BUSY})
    return Result(
        done=f"{_TIMES} times as many requests of {RECORDS} records as a closed loop had answered, sent by the clock "
        f"over {_CONNECTIONS} connections for {_SECONDS:.0f} s, `{' '.join(options)}`",
        promise=f"at least {_GOODPUT} of the capacity is answered well, the rest with 429 and Retry-After",
        figures=f"capacity {capacity_per_s:,.0f} requests/s; {found.goodput:.2f} of it answered with 200 (p99 "
        f"{_p99(found)}), {refused / _SECONDS:,.0f}/s with 429, {tally.without_retry_after} of them without "
        f"Retry-After, {others} with another status, {tally.lost} never, {tally.unsent} not sent",
        kept=found.goodput >= _GOODPUT and not (tally.without_retry_after or others or tally.lost),
    )


def _capacity_per_s(plan: Plan) -> float:
    kind = Kind("closed loop", post(so_many(plan.records, RECORDS)), _CLOSED_LOOP)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})  # which the thread of the callers inherits
    try:
        with running(service(plan.bundle), [SERVER_CORE]) as server, Load(server.port, [kind]) as load:
            load.await_answers(_CLOSED_LOOP)
            begun_s, answered = time.perf_counter(), load.fates[kind.name].answered
            time.sleep(_SECONDS)
            return (load.fates[kind.name].answered - answered) / (time.perf_counter() - begun_s)
    finally:
        os.sched_setaffinity(0, before)


def _p99(found: Overload) -> str:
    p99_ms = found.p99_ms(OK)
    return "of too few" if p99_ms is None else f"{p99_ms:.0f} ms"
