"""Is the service still as fast as it was?

A ratio that seems to have got worse is measured again before it is believed: other work on the machine disturbs a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from benchmarks.speed.loads import Load
from benchmarks.speed.ratios import kept
from benchmarks.speed.turns import Turns

ALLOWED = 0.15

Measure = Callable[[Load, int], Turns]
"""Measures a load in so many rounds."""


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio as it was stored, and as it is now."""

    name: str
    stored: float
    now: float
    lower_is_better: bool

    @property
    def change(self) -> float:
        """By how much of what was stored it has risen; negative where it has dropped."""
        return self.now / self.stored - 1

    @property
    def is_worse(self) -> bool:
        """Whether it has got worse by more than is allowed."""
        return (self.change if self.lower_is_better else -self.change) > ALLOWED

    @property
    def sentence(self) -> str:
        """What to say of one that is worse."""
        verb = "rose" if self.lower_is_better else "dropped"
        return (
            f"{self.name}: {verb} from {self.stored:.2f} to {self.now:.2f}, by {abs(self.change):.0%}; "
            f"at most {ALLOWED:.0%} is allowed."
        )


def changes(stored: Mapping[str, float], loads: Iterable[Load], measure: Measure, rounds: int) -> list[Change]:
    """Measure the loads and return what became of their ratios."""
    return [change for load in loads for change in _judged(stored, load, measure, rounds)]


def _judged(stored: Mapping[str, float], load: Load, measure: Measure, rounds: int) -> list[Change]:
    first = _compared(stored, measure(load, rounds))
    if not any(change.is_worse for change in first):
        return first
    second = _compared(stored, measure(load, 2 * rounds))
    return [again if change.is_worse else change for change, again in zip(first, second, strict=True)]


def _compared(stored: Mapping[str, float], turns: Turns) -> list[Change]:
    return [
        Change(one.name, stored[one.name], turns.ratio(one.other, one.what), one.lower_is_better)
        for one in kept(turns.load)
    ]


def changes_table(found: Iterable[Change]) -> str:
    """Return stored, now and change as a Markdown table."""
    rows = [f"| {one.name} | {one.stored:.2f} | {one.now:.2f} | {one.change:+.0%} |" for one in found]
    return "\n".join(["| ratio | stored | now | change |", "|---|---|---|---|", *rows])
