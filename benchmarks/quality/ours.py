"""Our side: ``churn-train`` as a user starts it, and its bundle as a user scores with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quality.tables import Spec
from churn.bundle import Bundle, open_bundle
from churn.columns import Columns
from churn.scoring import Scorer
from churn.tables import read_table, to_batch

OURS: Mapping[str, Sequence[str]] = {
    "churn-train": (),
    "churn-train --search": ("--search", "{seconds}"),
    "churn-train --fast": ("--fast",),
    "churn-train --model realmlp": ("--model", "realmlp"),
    "churn-train --model tabm": ("--model", "tabm"),
    "churn-train --model functional": ("--model", "functional"),
    "churn-train --model sequential": ("--model", "sequential"),
}


class NotRun(Exception):
    """A model could not be fitted; the sentence says why."""


def train(name: str, table: Path, spec: Spec, seed: int, folder: Path, seconds: int) -> Bundle:
    """Train a bundle on a copy of the table in ``folder`` (``churn-train`` writes its schema beside it)."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = Path(shutil.copy(table, folder / spec.file))
    options = [part.format(seconds=seconds) for part in OURS[name]]
    command = [sys.executable, "-m", "training", str(copy), "--label", spec.label, "--positive", spec.positive]
    command += ["--seed", str(seed), "--out", str(folder / "bundle"), "--overwrite", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRun(done.stderr.strip().splitlines()[-1])
    return open_bundle(folder / "bundle")


def columns_of(scorer: Scorer, table: Path, lines: npt.NDArray[np.intp]) -> Columns:
    """Read the rows ``lines`` (m,) of the file as ``churn-score`` would."""
    raw = read_table(table)
    batch = to_batch(raw.table.take(lines), scorer.schema)
    if not batch.good.all():
        raise NotRun(f"churn-train's schema does not read {int((~batch.good).sum())} of the test rows.")
    return batch.columns


def check_same_rows(bundle: Bundle, found: Mapping[str, float]) -> None:
    """Hold the figures on our test rows against those in the manifest: the bundle was to be tested on the same.

    Raises:
        NotRun: they differ.
    """
    said: Any = bundle.manifest.metrics["test"]
    for name in ("roc_auc", "log_loss"):
        if abs(said[name]["value"] - found[name]) > 1e-9:
            raise NotRun(
                f"The bundle's own {name} is {said[name]['value']}, but {found[name]} on the rows of this comparison: "
                "they were not split alike."
            )
