"""benchmarks/PEERS.md from what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from benchmarks.load import Figures
from benchmarks.peers.measuring import Load, Turns
from benchmarks.peers.table import Peer
from benchmarks.speed.turns import p50_ms, p99_ms, per_s


@dataclass(slots=True)
class Outcome:
    """What became of one peer: its turns by the name of the load, or why there are none.

    In ``alike`` our service was asked as the peer is, where it speaks the peer's protocol.
    """

    peer: Peer
    version: str = "not known"
    turns: dict[str, Turns] = field(default_factory=dict)
    alike: dict[str, Turns] = field(default_factory=dict)
    failure: str = ""


def page(given: str, loads: Sequence[Load], outcomes: Sequence[Outcome]) -> str:
    """Return the page; a peer that failed is named with the reason, and with the loads that it did bear."""
    parts = [_head(given, outcomes), *(_section(load, outcomes) for load in loads), _failures(outcomes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(given: str, outcomes: Iterable[Outcome]) -> str:
    versions = ", ".join(f"{outcome.peer.package} {outcome.version}" for outcome in outcomes)
    return f"""# Measured beside other model servers

`make bench-peers`, {datetime.now(tz=UTC):%Y-%m-%d}: {given}. {platform.machine()}, {os.cpu_count()} cores,
Python {platform.python_version()}. {versions}.

Every server has one worker and the same core, wrk has another; TensorFlow has one thread. Peers run one after the
other, each in turns with our service; a peer is stopped (SIGSTOP) while ours is measured, for some poll when idle.
A peer serves the bundle's reference form (preprocessor.joblib, then the SavedModel) as its own documentation shows it,
and takes JSON as its own protocol wants it: benchmarks/peers/table.py and benchmarks/peers/servers/. Our service serves
the compiled form of the same model, and is asked at /predict; "asked alike" is where it speaks the peer's protocol and
is sent the peer's own bodies. A server is measured only if its probabilities are those of golden.json.
Figures are medians, latencies are p50 / p99 in ms; a ratio is the median of ours / the peer's, run by run."""


def _section(load: Load, outcomes: Sequence[Outcome]) -> str:
    measured = sorted(_measured(load, outcomes), key=lambda pair: pair[1].ratio)
    lines = [
        f"## {load.name[0].upper()}{load.name[1:]} a request, {load.connections} connections",
        "",
        "| peer | its records/s | ms | our records/s beside it | ms | ratio |",
        "|---|---|---|---|---|---|",
        *(_row(title, turns, len(load.records)) for title, turns in measured),
    ]
    if not measured:
        return "\n".join([lines[0], "", "No peer was measured."])
    best, turns = measured[0]
    return "\n".join([*lines, "", f"The best peer is {best}: ours is {turns.ratio:.1f} times as fast."])


def _measured(load: Load, outcomes: Iterable[Outcome]) -> Iterator[tuple[str, Turns]]:
    for outcome in outcomes:
        for turns, how in ((outcome.turns, ""), (outcome.alike, ", asked alike")):
            if load.name in turns:
                yield outcome.peer.title + how, turns[load.name]


def _row(title: str, turns: Turns, records: int) -> str:
    theirs, ours = (f"{median(map(per_s, f)) * records:,.0f} | {_latencies(f)}" for f in (turns.peer, turns.ours))
    return f"| {title} | {theirs} | {ours} | {turns.ratio:.1f} |"


def _latencies(figures: list[Figures]) -> str:
    return f"{median(map(p50_ms, figures)):,.1f} / {median(map(p99_ms, figures)):,.1f}"


def _failures(outcomes: Iterable[Outcome]) -> str:
    failed = [f"- {outcome.peer.title}: {outcome.failure}" for outcome in outcomes if outcome.failure]
    return "\n".join(["## Not measured, or not whole", "", *failed]) if failed else ""
