"""What a user asks of one training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training, as ``churn-train`` is told it.

    ``positive`` is the label's value that means leaving, as text (None: find out). ``recall`` is what the
    threshold has to reach on the validation part. ``keep`` names columns that stay although they look like
    identifiers or give the label away; ``drop`` names columns to leave out. ``model`` is ``distilled`` or a family
    of ``training.families``; ``fast`` asks for the cheap recipe, ``epochs`` cuts every fit short.
    """

    data: Path
    label: str
    out: Path
    positive: str | None = None
    schema: Path | None = None
    seed: int = 0
    model: str = "distilled"
    fast: bool = False
    recall: float = 0.80
    threshold: float | None = None
    epochs: int | None = None
    split_by: str | None = None
    as_of: date | None = None
    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    delimiter: str | None = None
    overwrite: bool = False
