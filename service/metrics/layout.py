"""What stands where among the counts of a slot. It is the same in all workers, for it follows from constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from churn.notices import WARNING_CODES

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
PROBABILITIES = tuple(tenths / 10 for tenths in range(1, 11))
TOGETHER_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 10_000)
OTHER = "other"
"""Stands for every path that is not known."""

SCORED, REFUSED = range(2)
WARNINGS: Mapping[str, int] = {code: 2 + position for position, code in enumerate(WARNING_CODES)}
PROBABILITY = range(2 + len(WARNINGS), 2 + len(WARNINGS) + len(PROBABILITIES) + 1)
"""How many probabilities fell into each bucket; the last, above 1, stays empty."""
PROBABILITY_SUM = PROBABILITY.stop
TOGETHER = range(PROBABILITY_SUM + 1, PROBABILITY_SUM + 1 + len(TOGETHER_ROWS) + 1)
"""How many batches were of the size of each bucket; the last is that of the largest."""
TOGETHER_SUM = TOGETHER.stop
_ROUTES = TOGETHER_SUM + 1

# From the place where a route begins:
BUCKETS = range(len(BUCKETS_S) + 1)
"""How many requests fell into each bucket; the last is that of the longest."""
DURATION_SUM = len(BUCKETS)
STATUSES = range(100, 600)
"""How many were answered so: the count of a status stands as far from the beginning as the status says."""


class Layout:
    """The places of some routes: ``starts`` says where each begins, ``size`` how many numbers there are in all."""

    def __init__(self, routes: Iterable[str], room: int) -> None:
        """``room`` is how many numbers a slot takes."""
        first, each = _ROUTES, STATUSES.stop
        names = sorted({*routes, OTHER})
        self.starts = {route: first + position * each for position, route in enumerate(names)}
        self.size = first + len(names) * each
        if self.size > room:
            raise ValueError(f"The counts of {len(names)} routes are {self.size} numbers; a slot has room for {room}.")
