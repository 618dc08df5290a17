"""What became of the requests of callers: answered, or lost.

A request counts as accepted when the connection that it was sent on had been made. That is stricter than what can be
promised, for one that is written to a connection which the service has just closed counts as lost, too.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from statistics import quantiles

_KEPT_LATENCIES = 200_000
_FEW = 100


@dataclass(frozen=True, slots=True)
class Lost:
    """A request without a whole answer: the caller's own port, and how much of an answer had come."""

    local_port: int
    received_bytes: int


@dataclass(slots=True)
class Fates:
    """The requests of callers of one kind; the latencies, in seconds, are the last 200,000."""

    right: int = 200
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_LATENCIES))
    lost: list[Lost] = field(default_factory=list)
    refused: int = 0

    @property
    def answered(self) -> int:
        """How many had a whole answer, whatever it said."""
        return self.statuses.total()

    @property
    def wrong(self) -> int:
        """How many had a whole answer with another status than the right one."""
        return self.answered - self.statuses[self.right]

    @property
    def accepted(self) -> int:
        """How many were sent on a connection that had been made."""
        return self.answered + len(self.lost)

    @property
    def all_right(self) -> bool:
        """Whether there were some, and each had the right answer."""
        return self.answered > 0 and not self.wrong and not self.lost

    @property
    def p99_ms(self) -> float:
        """The latency that 99 % stayed below.

        Raises:
            ValueError: fewer than 100 were answered, which says nothing of one in a hundred.
        """
        if len(self.latencies_s) < _FEW:
            raise ValueError(f"{len(self.latencies_s)} answers are too few for a p99; it takes {_FEW}.")
        return quantiles(self.latencies_s, n=100)[-1] * 1000


def together(every: Iterable[Fates]) -> Fates:
    """Return the fates of several kinds whose right status is the same as those of one, without latencies."""
    sum_of = Fates()
    for one in every:
        sum_of.right = one.right
        sum_of.statuses += one.statuses
        sum_of.lost += one.lost
        sum_of.refused += one.refused
    return sum_of


def elsewhere(lost: Iterable[Lost], ports: Collection[int]) -> list[Lost]:
    """Return what was lost on other connections than those from these ports."""
    return [one for one in lost if one.local_port not in ports]
