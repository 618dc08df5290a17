"""What a user asks of one training, with the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from training.measure.bootstrap import RESAMPLES
from training.measure.threshold import Aim, Recall

DEFAULT_AIM = Recall(0.80)
DEFAULT_MODEL = "distilled"
IMAGINED = 80_000
LABELS_LEFT_OUT = "labels_left_out"
"""Under this name the manifest's ``training`` lists the values of the label whose customers were left out."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training, as ``churn-train`` is told it.

    ``positive`` is the label's value that means leaving, as text (None: find out). ``drop_label`` are values of the
    label whose customers are left out; ``drop_label_if_there`` too, but the table need not have them. ``aim`` is what
    the threshold is for. ``keep`` names columns that stay although they look like identifiers or give the label away;
    ``drop`` names columns to leave out. ``strict_leaks`` stops where a field may be known only after a customer left.
    ``decimal`` is the mark before the decimals of numbers that can be read in two ways. ``model`` is
    ``distilled`` or a family of ``training.networks.families``;
    ``fast`` asks for the cheap recipe, ``epochs`` limits the epochs of every fit, ``search_s`` is the time that a
    search for better members may take. ``start`` is an older bundle to start from. ``imagined`` counts the customers
    made up for the student, ``resamples`` those of the bootstrap behind each interval.
    """

    data: Path
    label: str
    out: Path
    positive: str | None = None
    drop_label: Sequence[str] = ()
    drop_label_if_there: Sequence[str] = ()
    schema: Path | None = None
    seed: int = 0
    model: str = DEFAULT_MODEL
    fast: bool = False
    search_s: float | None = None
    start: Path | None = None
    aim: Aim = DEFAULT_AIM
    epochs: int | None = None
    split_by: str | None = None
    as_of: date | None = None
    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    strict_leaks: bool = False
    delimiter: str | None = None
    decimal: str | None = None
    overwrite: bool = False
    imagined: int = IMAGINED
    resamples: int = RESAMPLES
