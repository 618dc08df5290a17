"""Three parts: to learn, to stop and calibrate, to test. By chance and stratified, or by a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from churn.errors import TrainingDataError
from training.metrics import Labels

FRACTIONS = (0.64, 0.16, 0.20)
"""Train, validation, test."""

Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts; every row stands in exactly one."""

    train: Index
    validation: Index
    test: Index


def split(labels: Labels, seed: int, fractions: tuple[float, float, float] = FRACTIONS) -> Split:
    """Split n rows by chance, each part with the same churn rate: (n,) -> three index arrays.

    First the test part is taken, then the validation part from the rest, both by scikit-learn's
    ``train_test_split`` with the seed, so that figures compare with those of anybody who does the same.

    Raises:
        TrainingDataError: a part would have no churner or no stayer.
    """
    train_share, validation_share, test_share = fractions
    rest, test = _two(np.arange(len(labels)), labels, test_share, seed)
    train, validation = _two(rest, labels, round(validation_share / (train_share + validation_share), 12), seed)
    return _checked(Split(train, validation, test), labels)


def split_by_date(
    days_before: npt.NDArray[np.float64], labels: Labels, fractions: tuple[float, float, float] = FRACTIONS
) -> Split:
    """Split n rows by a day: the oldest to learn from, the newest to test: (n,), (n,) -> three index arrays.

    ``days_before`` counts back from ``as_of``, so a large number is an old row. No day is on two sides, so
    the parts have about, not exactly, their fractions. Rows without a day (NaN) go to the training part:
    nobody knows that they are new.

    Raises:
        TrainingDataError: there are too few days, or a part would have no churner or no stayer.
    """
    dated = ~np.isnan(days_before)
    days, counts = np.unique(-days_before[dated], return_counts=True)  # the oldest first
    if len(days) < 3:
        raise TrainingDataError(
            f"The column to split by has {len(days)} different day(s); three parts need at least three. "
            "Choose another column, or split by chance."
        )
    first, second = _cuts(counts, fractions)
    when = -days_before
    new = dated & (when >= days[second])
    middle = dated & (when >= days[first]) & ~new
    return _checked(Split(*(np.flatnonzero(part) for part in (~(new | middle), middle, new))), labels)


def _cuts(counts: npt.NDArray[np.intp], fractions: tuple[float, float, float]) -> tuple[int, int]:
    """Return the first day of the validation part and of the test part, where the shares come nearest."""
    older = np.cumsum(counts) / counts.sum()
    train_end = int(np.abs(older - fractions[0]).argmin())
    validation_end = int(np.abs(older - fractions[0] - fractions[1]).argmin())
    train_end = min(train_end, len(counts) - 3)
    return train_end + 1, min(max(validation_end, train_end + 1), len(counts) - 2) + 1


def halve(index: Index, labels: Labels, seed: int) -> tuple[Index, Index]:
    """Split rows in two stratified halves: row numbers (m,) of n labels -> two arrays of row numbers.

    One half of the validation part stops the training, the other fits the calibration.

    Raises:
        TrainingDataError: there are fewer than two churners or stayers among the rows.
    """
    return _two(index, labels, 0.5, seed)


def _two(index: Index, labels: Labels, share: float, seed: int) -> tuple[Index, Index]:
    try:
        kept, taken = train_test_split(index, test_size=share, stratify=labels[index], random_state=seed)
    except ValueError:
        churners = int(labels[index].sum())
        raise TrainingDataError(
            f"{len(index):,} rows with {churners:,} who left and {len(index) - churners:,} who stayed cannot be split: "
            "every part needs some of both. Training needs more data."
        ) from None
    return kept, taken


def _checked(parts: Split, labels: Labels) -> Split:
    for name, rows in (("training", parts.train), ("validation", parts.validation), ("test", parts.test)):
        churners = int(labels[rows].sum())
        if churners == 0 or churners == len(rows):
            who = "left" if churners == 0 else "stayed"
            raise TrainingDataError(
                f"The {name} part ({len(rows):,} rows) would have nobody who {who}. Training needs more data, "
                "or another column to split by."
            )
    return parts
