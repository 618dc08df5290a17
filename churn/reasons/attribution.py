"""Shapley values of the log-odds of leaving, from a few dozen answers of the model for each customer.

The game (interventional, or marginal, Shapley values: Lundberg & Lee 2017; Sundararajan & Najmi 2020, section 3.2):
v(S) is the mean log-odds over the background's sample when the fields in S have the customer's values and all others
those of a customer of the sample. By Owen's multilinear extension (Owen 1972) field j's value is the integral over q
from 0 to 1 of M(q), the mean of v(S + j) - v(S) when every other field is in S with probability q. Where at most three
fields act together M is a parabola, and three of its figures give its integral exactly:

    2/3 M(0) + 1/3 M(1) + 1/6 M'(0)

M(0), the field alone, and M'(0), its pairs with each other field, are tables that the bundle holds. M(1) is what
the customer's log-odds lose when this field alone is that of the sample: it takes as many answers as the field has
cells. What four and more fields do together is left over; the sum of the values is known, so it goes to the fields in
proportion to |M(1) - M(0) - M'(0)|, which is zero for a field that acts with one other at the most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churn.arrays import Floats, Mask
from churn.columns import Columns
from churn.odds import log_odds
from churn.reasons.background import Background, each_field
from churn.reasons.effects import Cells, Place
from churn.schema import Field

Predict = Callable[[Columns], Floats]
"""Customers (n) -> probabilities (n,)."""

_AT_ONCE_ROWS = 1_024
_NO_WEIGHT = 1e-12


@dataclass(frozen=True, slots=True)
class Attributions:
    """What each field contributes to the log-odds of n customers.

    ``contributions`` (n, d), in the order of ``fields``, add up to ``log_odds`` (n,) less ``base``.
    """

    fields: tuple[Field, ...]
    contributions: Floats
    log_odds: Floats
    base: float


class Explainer:
    """Explains the answers of one model; safe for several threads if ``predict`` is."""

    def __init__(self, background: Background, predict: Predict) -> None:
        """Take what to compare with, and the model."""
        schema = background.sample.schema
        self.background = background
        self.fields = (*schema.numbers, *schema.categories)
        self._predict = predict
        self.swaps = _Swaps(background)
        """The changes of a customer, at most so many, of which the model is asked for each."""

    def explain(
        self, columns: Columns, probability: Floats, between: Callable[[], None] = lambda: None
    ) -> Attributions:
        """Explain n customers, to whom the model gave ``probability`` (n,); ``between`` is called between the steps."""
        odds = log_odds(probability)
        step = max(1, _AT_ONCE_ROWS // len(self.swaps))
        contributions = np.empty((len(columns), len(self.fields)))
        for at in range(0, len(columns), step):
            rows = slice(at, at + step)
            contributions[rows] = self._contributions(columns.take(rows), odds[rows])
            between()
        return Attributions(self.fields, contributions, odds, self.background.base)

    def _contributions(self, columns: Columns, odds: Floats) -> Floats:
        first, last = self.first(columns), self._last(columns, odds)
        difference = last - first
        slope = difference.copy()  # a field without pairs: as if it acted with one other at the most
        paired = self.background.paired
        slope[:, paired] = self.pairs_of(columns).sum(axis=2)
        beyond = np.abs(difference)
        beyond[:, paired] = np.abs(difference[:, paired] - slope[:, paired])
        return _completed(first * (2 / 3) + last / 3 + slope / 6, beyond, odds - self.background.base)

    def first(self, columns: Columns) -> Floats:
        """Return what each field does alone, M(0), (n, d)."""
        return np.stack([e.of(v) for e, v in zip(self.background.effects, each_field(columns), strict=True)], axis=1)

    def pairs_of(self, columns: Columns) -> npt.NDArray[np.float32]:
        """Return what each of the p paired fields does with each other beyond what both do alone, (n, p, p)."""
        place = self.background.places(columns, self.background.paired)
        return _between(self.background.pairs, place)

    def _last(self, columns: Columns, odds: Floats) -> Floats:
        """Return what the log-odds lose when one field is that of the sample, M(1), (n, d)."""
        swapped, changes = self.swaps.of(columns)
        found = np.repeat(odds[:, None], changes.shape[1], axis=1)  # what would not change need not be asked
        found[changes] = log_odds(self._predict(swapped))
        without: Floats = np.add.reduceat(found * self.swaps.weight, self.swaps.starts, axis=1)
        return odds[:, None] - without


class _Swaps:
    """The single changes that stand for the sample: r cells that its customers are in, field by field.

    ``weight`` (r,): the share of the sample in each; they add up to 1 for each field. ``starts`` (d,): the first of
    each field.
    """

    def __init__(self, background: Background) -> None:
        weights = _cell_weights(background)
        used = np.flatnonzero(weights)
        counts = [len(effect.cell_values) for effect in background.effects]
        field = np.repeat(np.arange(len(counts)), counts)[used]
        self.weight = weights[used]
        self.starts = np.searchsorted(field, np.arange(len(counts)))
        self._split = len(background.sample.schema.numbers)
        self._field = field
        self._value = np.concatenate([effect.cell_values for effect in background.effects])[used]

    def __len__(self) -> int:
        return len(self.weight)

    def of(self, columns: Columns) -> tuple[Columns, Mask]:
        """Return the changed customers that are others than they were, (m), and which of the (n, r) they are."""
        have = np.stack(each_field(columns), axis=1)[:, self._field]
        changes: Mask = ~((have == self._value) | (np.isnan(have) & np.isnan(self._value)))
        customer, swap = np.nonzero(changes)
        numbers, codes = columns.numbers[customer], columns.codes[customer]
        field, value = self._field[swap], self._value[swap]
        number = np.flatnonzero(field < self._split)
        code = np.flatnonzero(field >= self._split)
        numbers[number, field[number]] = value[number]
        codes[code, field[code] - self._split] = value[code]
        return Columns(columns.schema, numbers, codes), changes


def _cell_weights(background: Background) -> Floats:
    """Return the share of the sample in each cell of all d fields."""
    low, high, share = background.places(background.sample, range(len(background.effects)))
    count = sum(len(effect.cell_values) for effect in background.effects)
    weights = np.bincount(low.ravel(), (1 - share).ravel(), count) + np.bincount(high.ravel(), share.ravel(), count)
    return weights / len(background.sample)


def _between(table: npt.NDArray[np.float32], place: Place) -> npt.NDArray[np.float32]:
    """Look up (t, t) between cells, linearly: (n, d) places -> (n, d, d)."""
    flat, width = table.ravel(), len(table)

    def at(row: Cells, column: Cells) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = flat[row[:, :, None] * width + column[:, None, :]]
        return found

    low, high, share = place
    narrow = share.astype(np.float32)
    right, down = narrow[:, None, :], narrow[:, :, None]
    upper = at(low, low) * (1 - right) + at(low, high) * right
    lower = at(high, low) * (1 - right) + at(high, high) * right
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def _completed(values: Floats, beyond: Floats, total: Floats) -> Floats:
    """Spread what (n, d) values lack of their ``total`` (n,) in proportion to ``beyond`` (n, d), else to their size."""
    weight = np.where(beyond.sum(axis=1, keepdims=True) > _NO_WEIGHT, beyond, np.abs(values))
    whole = weight.sum(axis=1)
    lack = np.where(whole > _NO_WEIGHT, (total - values.sum(axis=1)) / np.maximum(whole, _NO_WEIGHT), 0)
    completed: Floats = values + lack[:, None] * weight
    return completed
