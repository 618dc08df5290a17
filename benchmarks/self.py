"""``make bench-self``: is the service as fast beside bare uvicorn and bare FastAPI as when ``make bench`` ran last?

Prints the ratios of benchmarks/ratios.json, as they are now, and the change. One that got worse by more than 15 % is
measured again with twice the rounds; if it stays worse, that is told, and the exit code is 1. Two to four minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.command import measuring_parser
from benchmarks.load import NoTool, RunFailed, need_tools
from benchmarks.speed.cores import SERVER_CORE
from benchmarks.speed.guard import Change, changes, changes_table
from benchmarks.speed.loads import Load, many_loads, single_loads
from benchmarks.speed.ratios import RATIOS, NoRatios, kept, read_ratios
from benchmarks.speed.records import ordinary_records
from benchmarks.speed.targets import OURS, all_running, commands
from benchmarks.speed.turns import How, Turns, in_turns
from churn.errors import BadInput


def main() -> int:
    """Measure and judge; return 0, 1 where the service got slower or fails, or 2 where nothing can be compared."""
    given = _parser().parse_args()
    try:
        records = ordinary_records(given.bundle)
        loads = [*single_loads(records), *many_loads(records)]
        stored = read_ratios(given.ratios, loads)
        need_tools()
        found = _changes(given.bundle, stored, loads, How(given.rounds, given.seconds))
    except (NoTool, BadInput, NoRatios, RunFailed) as error:
        print(f"benchmarks.self: {error}", file=sys.stderr)
        return 1 if isinstance(error, RunFailed) else 2
    print(changes_table(found))
    worse = [change for change in found if change.is_worse]
    for change in worse:
        print(change.sentence, file=sys.stderr)
    return 1 if worse else 0


def _changes(bundle: Path, stored: dict[str, float], loads: list[Load], how: How) -> list[Change]:
    with all_running(commands(bundle), [SERVER_CORE]) as servers:

        def measure(load: Load, rounds: int) -> Turns:
            two = {name: servers[name] for name in (OURS, kept(load)[0].other)}
            return in_turns(load, two, How(rounds, how.seconds))

        return changes(stored, loads, measure, how.rounds)


def _parser() -> argparse.ArgumentParser:
    parser = measuring_parser("benchmarks.self", __doc__, How(4, 2))
    parser.add_argument("--ratios", type=Path, default=RATIOS, help="what to compare with")
    return parser


if __name__ == "__main__":
    sys.exit(main())
