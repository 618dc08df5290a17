"""Where the cells of a comparison are kept, so that a run can be broken off and gone on with."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a fit took (processor seconds over all cores, tuning included), and how fast the model answers."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    rows_per_s: float


@dataclass(frozen=True)
class Result:
    """A finished cell: metrics by name, its cost, probabilities and labels (m,) of the test part."""

    metrics: Mapping[str, float]
    cost: Cost
    probability: Floats
    labels: Labels


def cell_key(table: str, model: str, seed: int) -> str:
    """Return the name of a cell's files."""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{table} {model} {seed}")


def made_from(*parts: str) -> str:
    """Return a digest of all that a cell's result depends on: another one, and the cell is stale."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Cell:
    """The files of one cell."""

    def __init__(self, work: Path, key: str) -> None:
        """Take the folder of the run and the cell's key."""
        self.folder = work / key
        self._file, self._answers = work / f"{key}.json", work / f"{key}.npz"

    def write(
        self, digest: str, metrics: Mapping[str, float], cost: Mapping[str, float], p: Floats, labels: Labels
    ) -> None:
        """Keep a result; the JSON file comes last, and whole or not at all."""
        self._answers.parent.mkdir(parents=True, exist_ok=True)
        partly = self._answers.with_suffix(".partly.npz")
        np.savez(partly, probability=p, labels=labels)
        partly.replace(self._answers)
        self._write_json({"made_from": digest, "metrics": dict(metrics), "cost": dict(cost)})

    def write_failure(self, digest: str, why: str) -> None:
        """Keep that the model could not be fitted, and why."""
        self._write_json({"made_from": digest, "failure": why})

    def is_done(self, digest: str) -> bool:
        """Say whether a result is there that was made from the same."""
        return self._file.exists() and json.loads(self._file.read_text())["made_from"] == digest

    def result(self) -> Result | None:
        """Return the result; None where there is none."""
        data: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        if "metrics" not in data:
            return None
        with np.load(self._answers) as answers:
            return Result(data["metrics"], Cost(**data["cost"]), answers["probability"], answers["labels"])

    def failure(self) -> str:
        """Return why there is no result."""
        return str(json.loads(self._file.read_text()).get("failure", "")) if self._file.exists() else "not run yet"

    def _write_json(self, data: Mapping[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partly = self._file.with_suffix(".partly")
        partly.write_text(json.dumps(data, indent=1))
        partly.replace(self._file)
