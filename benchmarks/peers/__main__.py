"""``make bench-peers``: the service beside other model servers on the same bundle, in one run, on one core.

Installs each peer into .venv-peers/NAME from its lock, starts it, compares its answers with golden.json, and loads it
in turns with our service. One that fails is named, and the others run on. Writes benchmarks/PEERS.md. Half an hour
at the most, ten minutes of it for installing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.command import measuring_parser
from benchmarks.load import NoTool, need_tools
from benchmarks.peers.environments import installed
from benchmarks.peers.failed import PeerFailed
from benchmarks.peers.measuring import Load, Target, in_turns
from benchmarks.peers.page import Outcome, page
from benchmarks.peers.processes import PATIENCE_S, started_peer
from benchmarks.peers.table import PEERS, Peer
from benchmarks.servers import free_port, started
from benchmarks.speed.cores import SERVER_CORE
from benchmarks.speed.records import ordinary_records, so_many
from benchmarks.speed.turns import How
from churn.bundle import open_bundle
from churn.errors import BadInput

RESULTS = Path(__file__).parents[1] / "PEERS.md"
WHOLE_S, INSTALLING_S = 30 * 60.0, 10 * 60.0


def main() -> int:
    """Measure and write; return 0, or 2 where this machine cannot measure."""
    given = _parser().parse_args()
    end = time.monotonic() + WHOLE_S
    try:
        need_tools()
        loads = _loads(given.bundle)
    except (NoTool, BadInput) as error:
        print(f"benchmarks.peers: {error}", file=sys.stderr)
        return 2
    peers = [peer for peer in PEERS if peer.name in (given.only or [peer.name])]
    how = How(given.rounds, given.seconds)
    outcomes = measure(given.bundle, peers, loads, how, end)
    text = page(f"{given.bundle}, {how}", loads, outcomes)
    given.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = measuring_parser("benchmarks.peers", __doc__, How(3, 3))
    parser.add_argument("--only", nargs="+", choices=[peer.name for peer in PEERS], help="of the peers, these alone")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where to write the results")
    return parser


def _loads(bundle: Path) -> list[Load]:
    """Return the loads, with the probabilities that golden.json has for their records."""
    golden = open_bundle(bundle).golden
    ordinary: list[Any] = ordinary_records(bundle)
    known = [golden["probabilities"][golden["records"].index(record)] for record in ordinary]
    many: list[Any] = so_many(ordinary, 1_000)
    return [
        Load("one record", ordinary[:1], known[:1], connections=64),
        Load("1,000 records", many, (known * 1_000)[:1_000], connections=2),
    ]


def measure(bundle: Path, peers: Sequence[Peer], loads: Sequence[Load], how: How, end: float) -> list[Outcome]:
    """Install all, then measure one after the other: together they would not have the memory."""
    outcomes = [Outcome(peer) for peer in peers]
    programs = _installed(outcomes)
    with _ours(bundle) as port:
        for outcome in outcomes:
            if outcome.peer.name in programs:
                with _told(outcome):
                    ways = 2 if outcome.peer.ours else 1
                    _need_time(end, ways * len(loads) * (how.rounds + 1) * 2 * how.seconds)
                    _measure(outcome, programs[outcome.peer.name], bundle, loads, port, how)
    return outcomes


@contextmanager
def _told(outcome: Outcome) -> Iterator[None]:
    """Keep why a peer failed, say it, and go on."""
    try:
        yield
    except PeerFailed as error:
        outcome.failure = str(error)
        print(f"{outcome.peer.title}: {error}", file=sys.stderr)


def _installed(outcomes: Sequence[Outcome]) -> dict[str, Path]:
    """Return the folder of programs of each peer that could be installed in the time for installing."""
    end = time.monotonic() + INSTALLING_S
    programs: dict[str, Path] = {}
    for outcome in outcomes:
        with _told(outcome):
            programs[outcome.peer.name] = installed(outcome.peer.name, end - time.monotonic())
    return programs


@contextmanager
def _ours(bundle: Path) -> Iterator[int]:
    """Run our service, and give its port."""
    port = free_port()
    command = ["service", str(bundle), "--port", str(port), "--drain-s", "0"]
    with started(command, port, "/health/ready", SERVER_CORE):
        yield port


def _need_time(end: float, loading_s: float) -> None:
    """Raise PeerFailed unless preparing, starting and loading one more peer would end in time."""
    if time.monotonic() + 2 * PATIENCE_S + loading_s > end:
        raise PeerFailed(f"not started: no time was left of the {WHOLE_S / 60:.0f} minutes.")


def _measure(outcome: Outcome, programs: Path, bundle: Path, loads: Sequence[Load], port: int, how: How) -> None:
    """Start one peer and load it; what was measured before it fails is kept."""
    peer = outcome.peer
    outcome.version = _version(peer, programs)
    print(f"Measuring {peer.title} {outcome.version} ...", file=sys.stderr)
    with (
        started_peer(peer, programs, bundle, SERVER_CORE) as running,
        tempfile.TemporaryDirectory() as folder,
    ):
        target = Target(running.port, peer.door)
        doors = peer.doors_of_ours(open_bundle(bundle).manifest.name)
        for turns, door in zip((outcome.turns, outcome.alike), doors, strict=False):
            for load in loads:
                turns[load.name] = in_turns(Path(folder), load, Target(port, door), target, running.paused, how)


def _version(peer: Peer, programs: Path) -> str:
    """Ask the peer's own environment."""
    code = f"from importlib.metadata import version; print(version({peer.package!r}))"
    return subprocess.run([programs / "python", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
