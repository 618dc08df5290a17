"""How often and how long everything is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

OTHERS_S = 280.0
"""All scenarios but the soak come to an end within this time."""
AFTER_SOAK_S = 20.0
"""How long a soak may take besides its own minutes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to serve, which records to send, and the repetitions."""

    bundle: Path
    records: list[object]
    stops: int
    kills: int
    soak_s: float
