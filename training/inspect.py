"""Looking at the data before training: each check is one function, each finding one plain sentence.

What makes training meaningless is an error; what a user should know is a warning; the rest is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

from churn.columns import MISSING, Codes, Columns, Floats, Mask
from churn.errors import Problem, TrainingDataError
from training.alike import Groups, digests, group_rows
from training.metrics import Labels

FEWEST_ROWS = 50
FEW_ROWS = 500
FEWEST_OF_A_CLASS = 10
FEW_OF_A_CLASS = 50
EXTREME_RATE = 0.01
MOST_DUPLICATES = 0.05
"""With a greater share of equal rows they are different customers who look alike, and stay."""
GIVES_AWAY_AUC = 0.99
ABSURD = 1e19
"""No quantity of a customer is as large, not even a time in nanoseconds; one such cell would flatten its column."""
MOSTLY_MISSING = 0.5
RARE_LEVEL_ROWS = 20
_EXACT = 0.01
_SAMPLE_ROWS = 100_000
_PAIR_ROWS = 20_000
_FOLDS = 5
_BINS = 100
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying about the data, or about one column of it."""

    level: Literal["info", "warning"]
    column: str | None
    sentence: str


@dataclass(frozen=True)
class Look:
    """What was found: ``findings`` in order, ``rows`` (m,) numbers of the rows to train on, columns to ``drop``.

    ``drop`` names features of the schema, each with the reason (no full stop). ``groups`` (m,) of the rows to train
    on: those of one group may be one customer.
    """

    findings: list[Finding]
    rows: npt.NDArray[np.intp]
    drop: Mapping[str, str]
    groups: Groups


def look_at(
    columns: Columns, labels: Labels, ids: Sequence[str | None] | None = None, keep: Collection[str] = ()
) -> Look:
    """Look at n customers before training: columns (n), labels (n,) 0/1, ids (n,).

    Equal rows are left out, and so is a column that gives the label away or says nothing, unless ``keep``
    names it.

    Raises:
        TrainingDataError: training would be meaningless.
    """
    findings = [Finding("info", name, f"Not used: {reason}.") for name, reason in columns.schema.ignored]
    fields = digests(columns)
    rows, about_rows = _distinct_rows(fields, labels, ids)
    columns, labels = columns.take(rows), labels[rows]
    groups = group_rows(fields[rows], labels, None if ids is None else [ids[row] for row in rows])
    _refuse_absurd(columns)
    findings += [*about_rows, *_about_labels(labels)]
    for check in (_missing_shares, _rare_levels, _levels_but_for_case, _affine_pairs, _renamed_pairs):
        findings += check(columns)
    reasons = {**says_nothing(columns), **_gives_away(columns, labels)}
    drop = {name: reason for name, reason in reasons.items() if name not in keep}
    findings += [_about_reason(name, reason, kept=name in keep) for name, reason in reasons.items()]
    if len(drop) == len(columns.schema.fields):
        raise TrainingDataError(f"No column is left to learn from: {'; '.join(f'{n}: {r}' for n, r in drop.items())}.")
    return Look(findings, rows, drop, groups)


def _about_reason(name: str, reason: str, *, kept: bool) -> Finding:
    said = "it was kept, as asked" if kept else "it was left out; --keep keeps it"
    return Finding("warning", name, f"This column {reason}; {said}.")


# --- Rows ------------------------------------------------------------------------------------------


def look_at_problems(problems: Sequence[Problem], good: Mask) -> list[Finding]:
    """Say which rows could not be read: ``problems`` of the rows that are not ``good`` (n,).

    Raises:
        TrainingDataError: more than half of the rows cannot be read.
    """
    bad = int(len(good) - good.sum())
    if bad == 0:
        return []
    first = "; ".join(_problem(problem) for problem in problems[:_SHOWN]) + ("; …" if len(problems) > _SHOWN else "")
    counted = f"{bad:,} of {len(good):,} rows cannot be read by the schema"
    if 2 * bad > len(good):
        raise TrainingDataError(f"{counted}, more than half. Correct the schema or the table. The first: {first}.")
    return [Finding("warning", None, f"{counted} and were left out. {first}.")]


def _problem(problem: Problem) -> str:
    where = f"line {problem.line:,}" if problem.line is not None else f"row {(problem.record or 0) + 1:,}"
    return f"{where}: {problem.sentence()}"


def _distinct_rows(
    fields: npt.NDArray[np.uint64], labels: Labels, ids: Sequence[str | None] | None
) -> tuple[npt.NDArray[np.intp], list[Finding]]:
    """Return the rows to keep, each of several equal ones once: the first; and what there is to say."""
    customers = pd.DataFrame({"fields": fields, "label": labels})
    again = customers.duplicated().to_numpy()
    findings = _contradictions(customers) + _repeated_identifiers(ids)
    but_for = "but for the identifier"
    if again.mean() > MOST_DUPLICATES:
        but_for = "with its identifier"
        alike, again = int(again.sum()), _same_customer_again(customers, ids)
        findings.append(_kept_duplicates(alike, len(labels)))
    if again.any():
        sentence = f"{again.sum():,} rows equal an earlier row {but_for}; they were left out."
        findings.append(Finding("info", None, sentence))
    return np.flatnonzero(~again), findings


def _same_customer_again(frame: pd.DataFrame, ids: Sequence[str | None] | None) -> Mask:
    if ids is None:
        return np.zeros(len(frame), dtype=np.bool_)
    again: Mask = frame.assign(id=pd.Series(ids, index=frame.index, dtype="object")).duplicated().to_numpy()
    return again


def _kept_duplicates(alike: int, rows: int) -> Finding:
    share = f"{alike:,} rows ({alike / rows:.0%}) equal an earlier row but for the identifier"
    return Finding(
        "warning", None, f"{share}. They are too many for mistakes: taken for customers who look alike, and kept."
    )


def _contradictions(customers: pd.DataFrame) -> list[Finding]:
    """Say how many rows equal another one and have the other label; n customers as ``fields`` and ``label``."""
    groups = customers[customers["fields"].duplicated(keep=False)].groupby("fields", sort=False)["label"]
    rows = int((groups.transform("min") != groups.transform("max")).sum())
    if rows == 0:
        return []
    return [
        Finding("info", None, f"{rows:,} rows equal another row in every field, yet one customer left and one stayed.")
    ]


def _repeated_identifiers(ids: Sequence[str | None] | None) -> list[Finding]:
    if ids is None:
        return []
    known = pd.Series([one for one in ids if one is not None], dtype="object")
    rows = int(known.duplicated(keep=False).sum())
    if rows == 0:
        return []
    sentence = f"{rows:,} rows share their identifier with another row: is it one customer a row?"
    return [Finding("warning", None, sentence)]


# --- The label -------------------------------------------------------------------------------------


def _about_labels(labels: Labels) -> list[Finding]:
    rows, left = len(labels), int(labels.sum())
    counted = f"{rows:,} customers, {left:,} of whom left"
    if rows < FEWEST_ROWS:
        raise TrainingDataError(f"There are {counted}; training needs at least {FEWEST_ROWS} different rows.")
    if min(left, rows - left) < FEWEST_OF_A_CLASS:
        raise TrainingDataError(
            f"There are {counted}; training needs at least {FEWEST_OF_A_CLASS} who left and who stayed."
        )
    findings = [Finding("info", None, f"There are {counted} ({left / rows:.1%}).")]
    if min(left, rows - left) < FEW_OF_A_CLASS:
        who = "left" if left < rows - left else "stayed"
        sentence = f"Only {min(left, rows - left)} customers {who}: the figures of this training will be rough."
        findings.append(Finding("warning", None, sentence))
    elif rows < FEW_ROWS:
        findings.append(Finding("warning", None, f"{rows} rows are few: the figures of this training will be rough."))
    if not EXTREME_RATE <= left / rows <= 1 - EXTREME_RATE:
        sentence = (
            f"{left / rows:.2%} of the customers left, which is extreme; is it the right column, the right value?"
        )
        findings.append(Finding("warning", None, sentence))
    return findings


# --- Single columns --------------------------------------------------------------------------------


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


def _refuse_absurd(columns: Columns) -> None:
    """Refuse a table with numbers that are no quantities."""
    for j, field in enumerate(columns.schema.numbers):
        absurd = columns.numbers[np.abs(columns.numbers[:, j]) >= ABSURD, j]
        if len(absurd):
            raise TrainingDataError(
                f"{field.name} holds {absurd[0]:.3g} ({len(absurd):,} such cells); no quantity of a customer is that "
                "large. Correct the table, or list the number under 'sentinels' of a nullable field in the schema."
            )


def _missing_shares(columns: Columns) -> list[Finding]:
    return [
        Finding("warning", name, f"{missing.mean():.0%} of the values are missing.")
        for name, _, missing in _each(columns)
        if MOSTLY_MISSING < missing.mean() < 1  # a column that is empty is said to be
    ]


def _rare_levels(columns: Columns) -> list[Finding]:
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
            findings.append(Finding("info", category.name, sentence))
    return findings


def _levels_but_for_case(columns: Columns) -> list[Finding]:
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
            findings.append(Finding("warning", category.name, sentence))
    return findings


def _gives_away(columns: Columns, labels: Labels) -> dict[str, str]:
    """Return the columns that alone rank the customers almost perfectly."""
    rng = np.random.default_rng(0)
    if len(labels) > _SAMPLE_ROWS:
        rows = rng.choice(len(labels), _SAMPLE_ROWS, replace=False)
        columns, labels = columns.take(rows), labels[rows]
    folds = rng.permutation(len(labels)) % _FOLDS
    found = {name: _auc_alone(values, missing, labels, folds) for name, values, missing in _each(columns)}
    return {
        name: f"gives the label away (it alone reaches a ROC AUC of {auc:.3f}): is it known only after a customer left?"
        for name, auc in found.items()
        if auc > GIVES_AWAY_AUC
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


# --- Pairs of columns ------------------------------------------------------------------------------


def _affine_pairs(columns: Columns) -> list[Finding]:
    """Say which numbers follow an earlier one exactly, but for rounding: y = a x + b."""
    numbers = columns.numbers[:_PAIR_ROWS]
    missing = np.isnan(numbers)
    varying = [j for j in range(numbers.shape[1]) if len(np.unique(numbers[~missing[:, j], j])) > 1]
    findings = []
    for place, j in enumerate(varying):
        for i in varying[:place]:
            if (missing[:, i] == missing[:, j]).all() and (line := _line(numbers[:, i], numbers[:, j], missing[:, j])):
                x, y = columns.schema.numbers[i].name, columns.schema.numbers[j].name
                findings.append(Finding("info", y, f"It follows {x} exactly: {line}. One of the two would do."))
                break
    return findings


def _line(x: Floats, y: Floats, missing: Mask) -> str | None:
    """Return how y follows x, as ``0.17 times it``, or None where it does not; (n,), (n,)."""
    x, y = x[~missing], y[~missing]
    if len(x) < 3:
        return None
    slope, offset = _least_squares(x, y)
    if np.abs(offset + slope * x - y).max() > _EXACT * y.std():
        return None
    plus = "" if abs(offset) < _EXACT * y.std() else f" {'plus' if offset > 0 else 'minus'} {abs(offset):.3g}"
    return f"{slope:.3g} times it{plus}"


def _least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    """Return slope and offset of the line through (n,) points."""
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    return slope, float(y.mean() - slope * x.mean())


def _renamed_pairs(columns: Columns) -> list[Finding]:
    """Say which categories are an earlier one under other names: each level of one is one level of the other."""
    codes, fields = columns.codes[:_PAIR_ROWS].astype(np.int64), columns.schema.categories
    levels = [len(np.unique(codes[:, j])) for j in range(len(fields))]
    findings = []
    for j, later in enumerate(fields):
        for i in range(j):
            if levels[i] == levels[j] > 1 and len(np.unique(codes[:, i] * 1_000_000 + codes[:, j])) == levels[j]:
                sentence = f"It says the same as {fields[i].name}, in other words. One of the two would do."
                findings.append(Finding("info", later.name, sentence))
                break
    return findings
