"""Ours and a peer in turns, on one core: what disturbs the machine disturbs both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import Figures, RunFailed, run, write_script
from benchmarks.peers.asking import ask, check
from benchmarks.peers.bodies import Record
from benchmarks.peers.failed import PeerFailed
from benchmarks.peers.table import Door
from benchmarks.speed.cores import CLIENT_CORE
from benchmarks.speed.turns import How, median_ratio, per_s

_TIMEOUT_S = 60  # a slow peer has more than wrk's two seconds for an answer
_WARM_S = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: records, the probabilities that are right for them, over how many connections."""

    name: str
    records: Sequence[Record]
    expected: Sequence[float]
    connections: int


@dataclass(frozen=True, slots=True)
class Turns:
    """The runs of one load; a pair of them ran one after the other."""

    ours: list[Figures]
    peer: list[Figures]

    @property
    def ratio(self) -> float:
        """How many times the peer's requests a second ours are: the median of the pairs."""
        return median_ratio(self.ours, self.peer, per_s)


@dataclass(frozen=True, slots=True)
class Target:
    """A server that runs: where it is and how it is asked."""

    port: int
    door: Door


Paused = Callable[[], AbstractContextManager[None]]
"""Stops the peer until the block ends."""


def in_turns(folder: Path, load: Load, ours: Target, peer: Target, paused: Paused, how: How) -> Turns:
    """Check and warm both, then measure by turns.

    The peer is stopped in our turns, for some poll while they are idle, and some still work on what the last run has
    left behind: either would take the core from us.
    """
    runs = {one: _Runs(one, load, _script(folder, one, load)) for one in (ours, peer)}
    with _our_turn(paused):
        runs[ours].warm()
    runs[peer].warm()
    for turn in range(how.rounds):
        for target in (ours, peer) if turn % 2 else (peer, ours):
            with _our_turn(paused) if target is ours else nullcontext():
                runs[target].measure(how.seconds)
    return Turns(runs[ours].figures, runs[peer].figures)


@contextmanager
def _our_turn(paused: Paused) -> Iterator[None]:
    """Stop the peer meanwhile; a failure of ours is none of the peer's, and ends the benchmark."""
    with paused():
        try:
            yield
        except PeerFailed as error:
            raise RuntimeError(f"Our own service {error}") from error


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of one load against one server."""

    target: Target
    load: Load
    script: Path
    figures: list[Figures] = field(default_factory=list)

    def warm(self) -> None:
        check(self.target.door, self.target.port, self.load.records, self.load.expected)
        self._run(_WARM_S)

    def measure(self, seconds: int) -> None:
        """Measure once what the run before has left behind is answered."""
        ask(self.target.door, self.target.port, self.load.records)
        self.figures.append(self._run(seconds))

    def _run(self, seconds: int) -> Figures:
        try:
            return run(
                self.script,
                self.target.port,
                connections=self.load.connections,
                seconds=seconds,
                core=CLIENT_CORE,
                path=self.target.door.path,
                timeout_s=_TIMEOUT_S,
            )
        except RunFailed as error:
            raise PeerFailed(str(error)) from error


def _script(folder: Path, target: Target, load: Load) -> Path:
    own = folder / str(target.port)
    own.mkdir(exist_ok=True)
    return write_script(own, target.door.write(load.records))
