"""What the model predicts."""

from __future__ import annotations

from dataclasses import dataclass

from churn.kinds import Level


@dataclass(frozen=True, slots=True)
class Label:
    """The column that says who left, and the value that means leaving."""

    name: str
    positive: Level
