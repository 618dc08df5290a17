"""The training, validation and test parts, drawn at random (stratified) or cut by date; and folds.

Rows that may be one customer (``training.table.alike``) stay on one side, as long as the parts then keep about
their size and churn rate. Where they do not, as when a few kinds of rows make up the table, rows are split one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from churn.errors import TrainingDataError
from training.measure.labels import Labels
from training.table.alike import Groups, in_company

FRACTIONS = (0.64, 0.16, 0.20)
"""Train, validation, test."""
_ALIKE = 0.25
"""How far a part made of whole groups may be off its share of leavers and of stayers: a quarter of it, or two rows."""

Rows = npt.NDArray[np.intp]
"""Row numbers."""
Folds = list[tuple[Rows, Rows]]
"""Row numbers of the rest and of the fold, for each fold."""


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts; every row stands in exactly one."""

    train: Rows
    validation: Rows
    test: Rows


def split(
    labels: Labels, seed: int, groups: Groups | None = None, fractions: tuple[float, float, float] = FRACTIONS
) -> Split:
    """Split n rows by chance, each part with the same churn rate: (n,) -> three index arrays.

    First the test part is taken, then the validation part from the rest, both by scikit-learn's
    ``train_test_split`` with the seed, so that figures compare with those of anybody who does the same; where
    ``groups`` (n,) has rows that stay together, by its ``StratifiedGroupKFold``.

    Raises:
        TrainingDataError: a part would have no churner or no stayer.
    """
    train_share, validation_share, test_share = fractions
    rest, test = _two(np.arange(len(labels)), labels, test_share, seed, groups)
    share = round(validation_share / (train_share + validation_share), 12)
    train, validation = _two(rest, labels, share, seed, groups)
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


def some(rows: Rows, most: int, rng: np.random.Generator) -> Rows:
    """Return row numbers (n,), or ``most`` of them where there are more, drawn by chance, in order."""
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def halve(index: Rows, labels: Labels, seed: int, groups: Groups | None = None) -> tuple[Rows, Rows]:
    """Split rows in two stratified halves: row numbers (m,) of n labels -> two arrays of row numbers.

    One half of the validation part stops the training, the other fits the calibration.

    Raises:
        TrainingDataError: there are fewer than two churners or stayers among the rows.
    """
    return _two(index, labels, 0.5, seed, groups)


def folds(labels: Labels, count: int, seed: int, groups: Groups | None = None) -> Folds:
    """Deal n rows to ``count`` stratified folds, labels (n,) and groups (n,); each class has ``count`` rows or more."""
    return _whole_groups(labels, count, seed, groups) or list(
        StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels)
    )


def _two(index: Rows, labels: Labels, share: float, seed: int, groups: Groups | None) -> tuple[Rows, Rows]:
    mine = None if groups is None else groups[index]
    if found := _whole_groups(labels[index], round(1 / share), seed, mine):
        kept, taken = found[0]
        return index[kept], index[taken]
    try:
        kept, taken = train_test_split(index, test_size=share, stratify=labels[index], random_state=seed)
    except ValueError:
        churners = int(labels[index].sum())
        raise TrainingDataError(
            f"{len(index):,} rows with {churners:,} who left and {len(index) - churners:,} who stayed cannot be split: "
            "every part needs some of both. Training needs more data."
        ) from None
    return kept, taken


def _whole_groups(labels: Labels, count: int, seed: int, groups: Groups | None) -> Folds | None:
    """Deal whole groups to folds; None where there are none to keep together, or too few to make like folds."""
    if groups is None or not in_company(groups).any():
        return None
    if min(len(np.unique(groups)), *np.bincount(labels, minlength=2)) < count:
        return None
    dealt = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    found = [(rest, fold) for rest, fold in dealt.split(labels, labels, groups)]
    return found if all(_has_its_share(labels, fold, count) for _, fold in found) else None


def _has_its_share(labels: Labels, fold: Rows, count: int) -> bool:
    """Say whether a fold has about its share of those who left and of those who stayed, and some of both."""
    wanted, given = np.bincount(labels, minlength=2) / count, np.bincount(labels[fold], minlength=2)
    return bool((given > 0).all() and (np.abs(given - wanted) <= np.maximum(_ALIKE * wanted, 2)).all())


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
