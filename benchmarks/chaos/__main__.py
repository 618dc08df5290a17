"""``make chaos`` and ``make soak``: the service under load and faults, a quarter of an hour at the most.

Starts the service as a user does, asks it over loopback, and does to it what happens in a company: stops, kills,
overload, rude callers, a full disk, a clock that is set back, and a long mixed load. A run of all scenarios writes
docs/reliability.md, also when a promise was broken; one of some (``--only``) writes where ``--out`` says, if it does.
Linux only.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType

from benchmarks.chaos.plan import AFTER_SOAK_S, OTHERS_S, Plan
from benchmarks.chaos.runner import Scenario, go_through
from benchmarks.chaos.scenarios.idle import idle_connections
from benchmarks.chaos.scenarios.kills import worker_killed
from benchmarks.chaos.scenarios.leaving import callers_who_leave
from benchmarks.chaos.scenarios.logs import log_on_a_full_disk, log_that_nobody_reads
from benchmarks.chaos.scenarios.overload import five_times
from benchmarks.chaos.scenarios.slow_readers import callers_who_read_slowly
from benchmarks.chaos.scenarios.slow_senders import callers_who_send_slowly
from benchmarks.chaos.scenarios.soak import soak
from benchmarks.chaos.scenarios.stops import stops_under_load
from benchmarks.chaos.scenarios.wall_clock import clock_set_back
from benchmarks.chaos.table import page, verdict
from benchmarks.speed.records import ordinary_records
from churn.errors import BadInput

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
SOAK = "soak"
SCENARIOS: dict[str, Scenario] = {
    "stop-1-worker": partial(stops_under_load, workers=1),
    "stop-2-workers": partial(stops_under_load, workers=2),
    "kill": worker_killed,
    "overload": five_times,
    "leaving": callers_who_leave,
    "slow-readers": callers_who_read_slowly,
    "slow-senders": callers_who_send_slowly,
    "idle": idle_connections,
    "log-full": log_on_a_full_disk,
    "log-unread": log_that_nobody_reads,
    "clock": clock_set_back,
    SOAK: soak,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Go through the scenarios; return 0, 1 where a promise was broken, or 2 where nothing can be tried."""
    given = _parser().parse_args(arguments)
    if sys.platform != "linux":
        print("benchmarks.chaos: it reads /proc, which Linux alone has.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _leave)
    try:
        records = ordinary_records(given.bundle)
    except BadInput as error:
        print(f"benchmarks.chaos: {error}", file=sys.stderr)
        return 2
    plan = Plan(given.bundle, records, given.stops, given.kills, given.soak_minutes * 60)
    chosen = {name: scenario for name, scenario in SCENARIOS.items() if not given.only or name in given.only}
    begun_s = time.perf_counter()
    results = go_through(plan, {name: one for name, one in chosen.items() if name != SOAK}, OTHERS_S)
    if SOAK in chosen:
        results |= go_through(plan, {SOAK: chosen[SOAK]}, plan.soak_s + AFTER_SOAK_S)
    out = given.out or (None if given.only else PAGE)
    if out is not None:
        out.write_text(page(_command(arguments), time.perf_counter() - begun_s, results), encoding="utf-8")
    print(verdict(results))
    return 1 if any(one.kept is False for one in results.values()) else 0


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End by an exception, so that everything that was started is ended, too."""
    sys.exit(1)


def _command(arguments: Sequence[str] | None) -> str:
    words = sys.argv[1:] if arguments is None else arguments
    return " ".join(["python -m benchmarks.chaos", *(f'"{word}"' if " " in word else word for word in words)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("artifacts/telco"))
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="NAME", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument(
        "--out", type=Path, help="where to write the page (default docs/reliability.md, without --only)"
    )
    parser.add_argument("--soak-minutes", type=float, default=10.0, help="minutes of the soak (default 10)")
    parser.add_argument("--stops", type=int, default=20, help="stops with each number of workers (default 20)")
    parser.add_argument("--kills", type=int, default=5, help="workers that are killed (default 5)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
