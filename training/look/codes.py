"""Whole numbers that are read as a quantity, though customers leave by them as by the codes of a category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from sklearn.isotonic import isotonic_regression

from churn.columns import Columns, Floats
from churn.kinds import kind_of
from training.findings import Finding
from training.measure.labels import Labels
from training.numerals import numeral
from training.table.names import says_count

_FEWEST_VALUES, _MOST_VALUES = 3, 50
_ROWS_PER_VALUE = 10
_BY_CHANCE = 1e-4
_EFFECT = 0.1
"""Cohen's w from which an effect is more than small (Cohen 1988, Statistical Power Analysis, 7.2)."""
_MANY_VALUES = 8
"""A quantity may well have one turn; among so many values a code has several."""


@dataclass(frozen=True)
class Rates:
    """The ``values`` of a field, ascending, how many ``rows`` have each, and their churn ``rates``: (k,) each."""

    values: Floats
    rows: Floats
    rates: Floats


def look_like_codes(columns: Columns, labels: Labels) -> list[Finding]:
    """Name the fields whose values repeat as codes do, and go with leaving in no order: n customers, labels (n,)."""
    found = []
    for j, field in enumerate(columns.schema.numbers):
        if not kind_of(field).is_amount or says_count(field.name):
            continue
        rates = rates_by_value(columns.numbers[:, j], labels)
        if rates and is_unordered(rates):
            found.append(Finding("warning", field.name, _sentence(field.name, rates)))
    return found


def rates_by_value(values: Floats, labels: Labels) -> Rates | None:
    """Return the churn rates by value, or None where they are not few whole numbers in many rows each: (n,), (n,)."""
    known = ~np.isnan(values)
    distinct, place, rows = np.unique(values[known], return_inverse=True, return_counts=True)
    if not _FEWEST_VALUES <= len(distinct) <= _MOST_VALUES or (distinct != np.floor(distinct)).any():
        return None
    if known.sum() < _ROWS_PER_VALUE * len(distinct):
        return None
    return Rates(distinct, rows.astype(np.float64), np.bincount(place, labels[known]) / rows)


def is_unordered(found: Rates) -> bool:
    """Say whether no rising or falling churn rate explains what happened, by far more than chance would.

    The statistic is the chi-square of the churn rates against the best fit of that shape, which is largest where the
    shape is wrong; k - 1 degrees of freedom are on the safe side. Of many values a fit with one turn counts as well.
    """
    count = len(found.rates)
    turns = range(count) if count >= _MANY_VALUES else range(1)
    fits = [_fit(found, turn, rising=rising) for turn in turns for rising in (True, False)]
    square = min(_chi_square(found, fit) for fit in fits)
    chance = chi2.sf(square, count - 1)
    return bool(chance < _BY_CHANCE and np.sqrt(square / found.rows.sum()) >= _EFFECT)


def _fit(found: Rates, turn: int, *, rising: bool) -> Floats:
    """Return the best fit, (k,), that falls (or rises) before the position ``turn`` and rises (falls) from it on."""
    parts = [
        isotonic_regression(found.rates[part], sample_weight=found.rows[part], increasing=up)
        for part, up in ((slice(turn), not rising), (slice(turn, None), rising))
        if len(found.rates[part])
    ]
    return np.concatenate(parts)


def _chi_square(found: Rates, fit: npt.NDArray[np.float64]) -> float:
    """Return the chi-square of observed rates against fitted ones; a fit of none or all is one that is met exactly."""
    variance = fit * (1 - fit)
    square = np.where(variance > 0, (found.rates - fit) ** 2 / np.where(variance > 0, variance, 1.0), 0.0)
    return float((found.rows * square).sum())


def _sentence(name: str, found: Rates) -> str:
    least, most = int(found.rates.argmin()), int(found.rates.argmax())
    values = [numeral(value).replace(",", "") for value in found.values]
    return (
        f"{name} looks like a code: it has {len(values)} whole numbers, and the churn rate follows no order of them "
        f"({found.rates[least]:.0%} leave at {values[least]}, {found.rates[most]:.0%} at {values[most]}). "
        "It is taken as a quantity; to treat it as one of several codes, give it kind: category in the schema, with "
        f"levels: [{', '.join(values)}]."
    )
