"""SIGKILL of one of two workers while callers ask as fast as they can.

Which connections are the worker's own is read from /proc while it stands still, a moment before it is killed.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.chaos.connections import callers_ports
from benchmarks.chaos.fates import elsewhere
from benchmarks.chaos.load import Kind, Load
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import PATIENCE_S, Service, serving
from benchmarks.chaos.requests import post
from benchmarks.chaos.result import Result

_CALLERS = 32
_WORKERS = 2
_SETTLE_S = 0.5
_FEW = 100


@dataclass(frozen=True, slots=True)
class _Kill:
    back_after_s: float
    answered_meanwhile: int
    connections: int
    lost: int
    lost_elsewhere: int


def worker_killed(plan: Plan) -> Result:
    """Kill a worker again and again, and see what is lost and how long it takes until there are two."""
    kind = Kind("keeping", post(plan.records[0]), _CALLERS)
    with serving(plan, "--workers", str(_WORKERS)) as service:
        service.await_workers(_WORKERS)
        with Load(service.port, [kind]) as load:
            load.await_answers(_FEW)
            kills = [_kill(service, load, kind.name) for _ in range(plan.kills)]
    fates = load.fates[kind.name]
    back_s = [kill.back_after_s for kill in kills]
    elsewhere_lost = sum(kill.lost_elsewhere for kill in kills) + len(fates.lost) - sum(kill.lost for kill in kills)
    return Result(
        done=f"SIGKILL of one of {_WORKERS} workers, × {plan.kills}, under {_CALLERS} callers who make a new "
        "connection when theirs ends",
        promise="the other goes on, the killed one is replaced, and nothing is lost but what was under way on the "
        "killed one's own connections",
        figures=f"{fates.answered:,} answered, {sum(kill.answered_meanwhile for kill in kills):,} of them while there "
        f"was one worker; {len(fates.lost)} lost with {sum(kill.connections for kill in kills)} connections of the "
        f"killed, {elsewhere_lost} on other connections; two workers again after {median(back_s):.2f} s (median), "
        f"{max(back_s):.2f} s (longest)",
        kept=not fates.wrong and not elsewhere_lost and all(kill.answered_meanwhile > _FEW for kill in kills),
    )


def _kill(service: Service, load: Load, name: str) -> _Kill:
    fates, victim = load.fates[name], service.workers()[0]
    lost_before = len(fates.lost)
    os.kill(victim, signal.SIGSTOP)
    _await_standing(victim)
    ports = callers_ports(victim, service.port)
    os.kill(victim, signal.SIGKILL)
    killed_s, answered_before = time.perf_counter(), fates.answered
    service.await_workers(1)
    back_after_s, meanwhile = time.perf_counter() - killed_s, fates.answered - answered_before
    time.sleep(_SETTLE_S)
    lost = fates.lost[lost_before:]
    return _Kill(back_after_s, meanwhile, len(ports), len(lost), len(elsewhere(lost, ports)))


def _await_standing(pid: int) -> None:
    """Wait until a process really stands still: a signal takes a moment."""
    end_s = time.perf_counter() + PATIENCE_S
    while _state(pid) != "T":
        if time.perf_counter() > end_s:
            raise TimeoutError(f"Worker {pid} did not stand still within {PATIENCE_S:.0f} s after SIGSTOP.")
        time.sleep(0.001)


def _state(pid: int) -> str:
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return told.rpartition(")")[2].split()[0]  # behind the name, in brackets, which may hold anything
