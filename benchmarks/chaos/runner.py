"""Scenarios one after the other, whatever becomes of each, within the time that there is for all."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from benchmarks.chaos.plan import Plan
from benchmarks.chaos.result import NotHere, Overdue, Result

Scenario = Callable[[Plan], Result]


def go_through(plan: Plan, scenarios: Mapping[str, Scenario], limit_s: float) -> dict[str, Result]:
    """Run scenarios and print how it goes; one that fails, or has no time left of ``limit_s``, broke its promise."""
    end_s, results = time.perf_counter() + limit_s, dict[str, Result]()
    for name, scenario in scenarios.items():
        print(f"{name} ...", flush=True)
        begun_s = time.perf_counter()
        results[name] = one = _tried(plan, scenario, end_s - begun_s)
        print(f"{name}: {one.verdict}, {time.perf_counter() - begun_s:.0f} s. {one.figures}", flush=True)
    return results


def _tried(plan: Plan, scenario: Scenario, left_s: float) -> Result:
    done = (scenario.__doc__ or "").partition("\n")[0]
    if left_s <= 0:
        return Result(done, "", "There was no time left.", kept=False)
    try:
        with _at_most(left_s):
            return scenario(plan)
    except NotHere as error:
        return Result(done, "", str(error), kept=None)
    except Exception as error:  # noqa: BLE001  the outermost edge: the page tells of it, and the others go on
        return Result(done, "", f"It failed: {type(error).__name__}: {error}", kept=False)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise Overdue in the block when its time is over."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Overdue(f"It did not come to an end within the {seconds:.0f} s that were left.")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
