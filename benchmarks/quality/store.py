"""Where the cells of a comparison are kept: one small JSON file each, committed, so that any machine can go on.

A cell holds figures and no customer: the metrics, and two of them again on resamples of the test customers, which
are the same resamples for every model, so that differences between two cells are paired.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """What a fit took (processor seconds over all cores, tuning included), and how fast the model answers."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    rows_per_s: float


@dataclass(frozen=True)
class Result:
    """A finished cell: metrics by name; some of them on each of k resamples, (k,); the cost."""

    metrics: Mapping[str, float]
    resampled: Mapping[str, Sequence[float]]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Origin:
    """What a cell was made from.

    With another ``task`` (table, split, settings) it is another comparison, and the cell is run again. ``code`` is
    a digest of the code and the versions that made the model: a report marks a cell whose code has changed since.
    """

    task: str
    code: str


def cell_key(table: str, model: str, seed: int) -> str:
    """Return the name of a cell's file, without its ending."""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{table} {model} {seed}")


def digest_parts(*parts: str) -> str:
    """Return a digest of texts, in order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Cell:
    """The file of one cell."""

    def __init__(self, folder: Path, key: str) -> None:
        """Take the folder of the cells and the cell's key."""
        self._file = folder / f"{key}.json"

    def write(self, origin: Origin, result: Result) -> None:
        """Keep a result, whole or not at all."""
        rounded = {name: [round(value, _DIGITS) for value in values] for name, values in result.resampled.items()}
        cost = {name: round(value, 1) for name, value in asdict(result.cost).items()}
        self._write({**asdict(origin), "metrics": dict(result.metrics), "cost": cost, "resampled": rounded})

    def write_failure(self, origin: Origin, why: str) -> None:
        """Keep that the model could not be fitted, and why."""
        self._write({**asdict(origin), "failure": why})

    def is_done(self, origin: Origin) -> bool:
        """Say whether the cell was run for this task, with whatever code."""
        return self._read().get("task") == origin.task

    def is_current(self, origin: Origin) -> bool:
        """Say whether it was run for this task with this code."""
        return self.is_done(origin) and self._read()["code"] == origin.code

    def result(self) -> Result | None:
        """Return the result; None where there is none."""
        data = self._read()
        if "metrics" not in data:
            return None
        return Result(data["metrics"], data["resampled"], Cost(**data["cost"]))

    def failure(self) -> str:
        """Return why there is no result."""
        return str(self._read().get("failure", "not run yet"))

    def _read(self) -> dict[str, Any]:
        return dict(json.loads(self._file.read_text(encoding="utf-8"))) if self._file.exists() else {}

    def _write(self, data: Mapping[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_suffix(".partly")
        partly.write_text(json.dumps(data) + "\n", encoding="utf-8")
        partly.replace(self._file)
