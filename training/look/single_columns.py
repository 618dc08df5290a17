"""Looking at one column after the other: does it say anything, is it whole, does it give the label away?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from churn.columns import MISSING, Codes, Columns, Floats, Mask
from churn.errors import TrainingDataError
from training.findings import Finding
from training.measure.labels import Labels

GIVES_AWAY_AUC = 0.99
ABSURD = 1e19
"""No quantity of a customer is this large, not even a time in nanoseconds; one such cell would flatten its column."""
MOSTLY_MISSING = 0.5
RARE_LEVEL_ROWS = 20
_SAMPLE_ROWS = 100_000
_FOLDS = 5
_BINS = 100
_SHOWN = 5


def _each(columns: Columns) -> Iterator[tuple[str, Floats | Codes, Mask]]:
    """Give name, values (n,) and where they are missing (n,), of every field."""
    for j, number in enumerate(columns.schema.numbers):
        yield number.name, columns.numbers[:, j], np.isnan(columns.numbers[:, j])
    for j, category in enumerate(columns.schema.categories):
        yield category.name, columns.codes[:, j], columns.codes[:, j] == MISSING


def says_nothing(columns: Columns) -> dict[str, str]:
    """Return the columns that are empty or have one value; one value or none still says something."""
    found = {}
    for name, values, missing in _each(columns):
        if missing.all():
            found[name] = "is empty in every row"
        elif not missing.any() and (values == values[0]).all():
            found[name] = "has the same value in every row"
    return found


def refuse_absurd(columns: Columns) -> None:
    """Refuse a table with numbers that are no quantities.

    Raises:
        TrainingDataError: a number is beyond ``ABSURD``.
    """
    for j, field in enumerate(columns.schema.numbers):
        absurd = columns.numbers[np.abs(columns.numbers[:, j]) >= ABSURD, j]
        if len(absurd):
            raise TrainingDataError(
                f"{field.name} holds {absurd[0]:.3g} ({len(absurd):,} such cells); no quantity of a customer is that "
                "large. Correct the table, or list the number under 'sentinels' of a nullable field in the schema."
            )


def missing_shares(columns: Columns) -> list[Finding]:
    """Say which columns are missing for most customers."""
    return [
        Finding("warning", name, f"{missing.mean():.0%} of the values are missing.", kind="mostly missing")
        for name, _, missing in _each(columns)
        if MOSTLY_MISSING < missing.mean() < 1  # a column that is empty is said to be
    ]


def rare_levels(columns: Columns) -> list[Finding]:
    """Say which categories have levels that hardly anybody has."""
    findings = []
    for j, category in enumerate(columns.schema.categories):
        codes = columns.codes[:, j]
        rows = np.bincount(codes[codes >= 0], minlength=len(category.levels))
        rare = np.flatnonzero((rows > 0) & (rows < RARE_LEVEL_ROWS)).tolist()
        if rare:
            shown = ", ".join(str(category.levels[i]) for i in rare[:_SHOWN]) + (", …" if len(rare) > _SHOWN else "")
            sentence = (
                f"{len(rare)} of {len(category.levels)} levels stand in fewer than {RARE_LEVEL_ROWS} rows: {shown}."
            )
            findings.append(Finding("info", category.name, sentence, kind="rare levels"))
    return findings


def levels_but_for_case(columns: Columns) -> list[Finding]:
    """Say which categories have levels that differ in capital letters alone."""
    findings = []
    for category in columns.schema.categories:
        spelled: dict[str, list[str]] = {}
        for level in category.levels:
            spelled.setdefault(str(level).casefold(), []).append(str(level))
        several = [" and ".join(levels) for levels in spelled.values() if len(levels) > 1]
        if several:
            sentence = (
                f"Levels that differ only in capital letters are different levels: {'; '.join(several[:_SHOWN])}."
            )
            findings.append(Finding("warning", category.name, sentence, kind="levels but for case"))
    return findings


def gives_away(columns: Columns, labels: Labels) -> dict[str, str]:
    """Return the columns that alone rank the customers almost perfectly."""
    found = auc_alone(columns, labels, columns.schema.by_name)
    return {
        name: f"gives the label away (it alone reaches a ROC AUC of {auc:.3f}): is it known only after a customer left?"
        for name, auc in found.items()
        if auc > GIVES_AWAY_AUC
    }


def auc_alone(columns: Columns, labels: Labels, names: Collection[str]) -> dict[str, float]:
    """Return the ROC AUC that each of the named columns reaches alone: n customers, labels (n,)."""
    rng = np.random.default_rng(0)
    if len(labels) > _SAMPLE_ROWS:
        rows = rng.choice(len(labels), _SAMPLE_ROWS, replace=False)
        columns, labels = columns.take(rows), labels[rows]
    folds = rng.permutation(len(labels)) % _FOLDS
    return {
        name: _auc_alone(values, missing, labels, folds) for name, values, missing in _each(columns) if name in names
    }


def _auc_alone(values: Floats | Codes, missing: Mask, labels: Labels, folds: npt.NDArray[np.intp]) -> float:
    """Return the ROC AUC of one column (n,): by its groups' churn rates, and for a number by its order.

    The churn rate of a group comes from the other folds, so a column with a value for every customer
    (an identifier) gives away nothing.
    """
    if missing.all():
        return 0.5
    groups = _groups(values, missing)
    by_group = _auc(labels, _rates_elsewhere(groups, labels, folds))
    if values.dtype != np.float64:
        return by_group
    order = _auc(labels, np.where(missing, np.nanmedian(values), values))
    return max(by_group, order, 1 - order)


def _groups(values: Floats | Codes, missing: Mask) -> npt.NDArray[np.intp]:
    """Return a group from 0 for each row: the code, or about a hundredth of the numbers; missing is one too."""
    if values.dtype != np.float64:
        return np.unique(values, return_inverse=True)[1]
    edges = np.unique(np.quantile(values[~missing], np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.where(missing, 0, np.searchsorted(edges, values, side="right") + 1)


def _rates_elsewhere(groups: npt.NDArray[np.intp], labels: Labels, folds: npt.NDArray[np.intp]) -> Floats:
    """Return for each row the churn rate of its group in the other folds (n,), drawn a little to the average."""
    cell, size = groups * _FOLDS + folds, (int(groups.max()) + 1) * _FOLDS
    left, rows = (
        np.bincount(cell, weights=w, minlength=size).reshape(-1, _FOLDS) for w in (labels, np.ones(len(labels)))
    )
    left, rows = left.sum(axis=1, keepdims=True) - left, rows.sum(axis=1, keepdims=True) - rows
    rates: Floats = ((left + labels.mean()) / (rows + 1))[groups, folds]
    return rates


def _auc(labels: Labels, scores: Floats) -> float:
    return float(roc_auc_score(labels, scores))
