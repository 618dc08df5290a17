"""What the process of a list is to do, written into the list's folder before it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

_NAME = "task.json"
TURN = "turn"
"""The file beside the folders of all lists that the one being scored locks."""


@dataclass(frozen=True, slots=True)
class Task:
    """Score ``file`` (in the list's folder; ``name`` is what its owner calls it) as this service would now.

    ``usual`` is what the operator chose for what contacts cost and bring, by the names of ``churn.decide.FIGURES``.
    """

    file: str
    name: str
    bundle: str
    version: str
    verify_key: str | None
    engine: str
    as_of: str | None
    usual: Mapping[str, Any]
    log_level: str

    @property
    def day(self) -> date | None:
        """The day that dates are counted from; None for the bundle's own."""
        return None if self.as_of is None else date.fromisoformat(self.as_of)

    def write(self, folder: Path) -> None:
        """Write it into the list's folder."""
        (folder / _NAME).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> Task:
        """Read it from the list's folder."""
        return cls(**json.loads((folder / _NAME).read_text()))
