"""Ours and a peer in turns, on one core: what disturbs the machine disturbs both."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.__main__ import CLIENT_CORE
from benchmarks.load import Figures, _latency_ms, write_script
from benchmarks.peers.asking import ask, check
from benchmarks.peers.bodies import Record
from benchmarks.peers.failed import PeerFailed
from benchmarks.peers.table import Door

_TIMEOUT_S = 60
_WARM_S = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: records, the probabilities that are right for them, over how many connections."""

    name: str
    records: Sequence[Record]
    expected: Sequence[float]
    connections: int


@dataclass(frozen=True, slots=True)
class How:
    """How often each load is measured, and how long a run is."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Turns:
    """The runs of one load; a pair of them ran one after the other."""

    ours: list[Figures]
    peer: list[Figures]

    @property
    def ratio(self) -> float:
        """How many times the peer's requests a second ours are: the median of the pairs."""
        return median(one.per_s / other.per_s for one, other in zip(self.ours, self.peer, strict=True))


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
    runs = {one: _Runs(one, load, _script(folder / str(one.port), one.door, load)) for one in (ours, peer)}
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
        _run(self.script, self.target.port, self.load.connections, _WARM_S)

    def measure(self, seconds: float) -> None:
        """Measure once what the run before has left behind is answered."""
        ask(self.target.door, self.target.port, self.load.records)
        self.figures.append(_run(self.script, self.target.port, self.load.connections, seconds))


def _script(folder: Path, door: Door, load: Load) -> Path:
    """Write the wrk script, whose path goes before the one on the command line."""
    folder.mkdir(parents=True, exist_ok=True)
    script = write_script(folder, door.write(load.records))
    with script.open("a", encoding="utf-8") as file:
        file.write(f'wrk.path = "{door.path}"\n')
    return script


def _run(script: Path, port: int, connections: int, seconds: float) -> Figures:
    """Load a server; every answer has to be a 200. A slow peer has more than wrk's two seconds for it."""
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s"]
    command += ["--latency", "--timeout", f"{_TIMEOUT_S}s", "-s", str(script), f"http://127.0.0.1:{port}/"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"(Non-2xx or 3xx responses: \d+|Socket errors: .*)", text)
    if bad:
        raise PeerFailed(f"failed under load: {bad[1]}")
    per_s = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert per_s, text
    if float(per_s[1]) == 0:
        raise PeerFailed(f"answered nothing within {seconds:g} s over {connections} connections.")
    return Figures(float(per_s[1]), _latency_ms(text, 50), _latency_ms(text, 99))
