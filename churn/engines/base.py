"""The port: one verb, and a way to another engine for another thread.

A new engine is finished when its name is in the contract suite and all is green.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from churn.columns import Columns, Floats


class Engine(Protocol):
    """Turns a batch of customers into churn probabilities.

    One engine is used by one thread at a time; ``scoring.Scorer`` sees to it.
    """

    def predict(self, columns: Columns) -> Floats:
        """Return calibrated probabilities, (n,) float64 within [0, 1], for n >= 0 customers."""
        ...

    def twin(self) -> Engine:
        """Return another engine of the same model, for another thread."""
        ...

    def close(self) -> None:
        """Let go of what was opened; the engine answers no more."""
        ...


class FakeEngine:
    """An engine for tests: answers the same probability for everyone, and remembers its calls."""

    def __init__(self, probability: float = 0.5) -> None:
        """Take the one answer."""
        self.probability = probability
        self.calls: list[int] = []

    def predict(self, columns: Columns) -> Floats:
        """Return the one answer n times, and remember n."""
        self.calls.append(len(columns))
        return np.full(len(columns), self.probability)

    def twin(self) -> FakeEngine:
        """Return itself: it may be used by any thread."""
        return self

    def close(self) -> None:
        """Do nothing."""
