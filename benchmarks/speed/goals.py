"""What the service is to reach, beside the figures of ``make bench``."""

from __future__ import annotations

import operator
from dataclasses import dataclass

_HOLDS = {"≥": operator.ge, "≤": operator.le, "<": operator.lt}


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound, and the side of it on which a figure is to be."""

    sign: str
    bound: float

    def beside(self, figure: float, shown: str) -> str:
        """Return a figure as it is shown, with the goal and whether it is reached, not rounded."""
        reached = "reached" if _HOLDS[self.sign](figure, self.bound) else "missed"
        return f"{shown} (goal {self.sign} {self.bound:,.10g}: {reached})"


def beside(goal: Goal | None, figure: float, shown: str) -> str:
    """Return a figure as it is shown, with its goal if there is one."""
    return goal.beside(figure, shown) if goal else shown


UVICORN_REQUESTS = {64: Goal("≥", 0.55)}
"""Of one record a request, by connections: our requests/s as a multiple of bare uvicorn's."""
UVICORN_P50 = {1: Goal("≤", 2.2)}
UVICORN_P99 = {64: Goal("≤", 2)}
RECORDS_PER_S = {200: Goal("≥", 200_000), 1_000: Goal("≥", 250_000)}
"""By records a request."""
FIRST_RIGHT_ANSWER_S = Goal("≤", 0.5)
WORKER_MB = Goal("<", 100)
WORKERS_SPEEDUP = {2: Goal("≥", 1)}
"""By workers: requests/s as a multiple of one worker's."""
WORKERS_THRIFT = {2: Goal("≥", 0.9)}
"""By workers: answers for a second of processor time as a multiple of one worker's."""
EXPLAINED_P50_MS = {1: Goal("<", 3)}
EXPLAINED_PER_S = {1_000: Goal("≥", 4_000)}
"""With reasons, by records a request."""
DIALECT_REQUESTS = Goal("≥", 0.7)
"""Of one record a request, as a multiple of /predict's."""
DIALECT_RECORDS_PER_S = Goal("≥", 150_000)
"""Of a thousand records a request."""
MIXED_P99 = Goal("≤", 3)
OVERLOAD_GOODPUT: dict[float, Goal] = {5: Goal("≥", 0.8)}
"""By what is sent: what is answered well, both as multiples of what can be answered."""
