"""``background.npz``: the sample that reasons compare with, and what the model does around it.

The sample is drawn from the customers that the model learned from, one from each of ``SAMPLE_ROWS`` strata of equal
size by their log-odds, so that its mean log-odds, the base of all reasons, is close to that of all. Of many such
samples the one is taken in which the fields have most nearly the same mean effects as among all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from churn.bundle import BACKGROUND, Bundle
from churn.columns import MISSING, UNSEEN, Codes, Columns, Floats
from churn.odds import log_odds
from churn.reasons.attribution import Predict
from churn.reasons.background import Background, each_field, first_cells
from churn.reasons.effects import CategoryEffect, Cells, Effect, NumberEffect
from churn.scoring import Scorer

SAMPLE_ROWS = 128
KNOTS, CELLS = 129, 12
MOST_PAIRED_CELLS = 220
"""Fields are paired up to so many cells, those with the largest effects first: seconds of work."""
_WIDE_FIELDS = 60
"""A model of more fields answers more slowly; its pairs have fewer cells, so that they take as long."""
_DRAWS = 200
_MOST_ROWS = 20_000
_EXPECTED = 10.0
"""A pair of cells that chance alone would have brought so often, and that never came, cannot be."""
_AT_ONCE_ROWS = 65_536

Rows = npt.NDArray[np.intp]
Change = tuple[int, npt.NDArray[Any]]
"""The position of a field, and its values, (m,)."""


def write_background(bundle: Bundle, learned: Columns, seed: int) -> None:
    """Write the background of a staged bundle, from the (n,) customers that its model learned from."""
    scorer = Scorer.open(bundle)
    make_background(scorer.probability, learned, seed).save(bundle.file(BACKGROUND))
    scorer.close()


def make_background(predict: Predict, learned: Columns, seed: int, rows: int = SAMPLE_ROWS) -> Background:
    """Return the background of a model for reasons: ``rows`` of the customers that it learned from, (n,)."""
    rng = np.random.default_rng(seed)
    if len(learned) > _MOST_ROWS:
        learned = learned.take(rng.choice(len(learned), _MOST_ROWS, replace=False))
    odds = log_odds(predict(learned))
    strata = np.array_split(np.argsort(odds, kind="stable"), min(rows, len(odds)))
    draws = np.stack([rng.choice(stratum, _DRAWS) for stratum in strata], axis=1)
    first = _effects(_Around(predict, learned.take(draws[0])), learned)
    sample = learned.take(_most_alike(draws, _traits(first, learned, odds)))
    around = _Around(predict, sample)
    effects = _effects(around, learned)
    paired = _paired(effects, sample)
    pairs = _pairs(around, effects, paired)
    background = Background(sample, around.base, effects, paired, pairs, np.zeros(pairs.shape, np.bool_))
    return replace(background, never_together=_never_together(background, learned))


def _traits(effects: Sequence[Effect], columns: Columns, odds: Floats) -> Floats:
    """Return what a sample is to have in common with all: the log-odds, and the effect of each field, (n, d + 1)."""
    each = [effect.of(values) for effect, values in zip(effects, each_field(columns), strict=True)]
    return np.stack([odds, *each], axis=1)


def _most_alike(draws: Rows, traits: Floats) -> Rows:
    """Return the draw, (k,) of (m, k), whose mean traits are nearest to those of all."""
    means = np.array([traits[rows].mean(axis=0) for rows in draws])
    nearest: Rows = draws[((means - traits.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    return nearest


class _Around:
    """The mean log-odds of a sample, (k,), with some fields changed."""

    def __init__(self, predict: Predict, sample: Columns) -> None:
        self._predict = predict
        self._sample = sample
        self.base = self.of([], 1)[0]

    def of(self, changes: list[Change], count: int) -> Floats:
        """Return it for each of ``count`` sets of changes, (count,)."""
        rows, parts = len(self._sample), []
        step = max(1, _AT_ONCE_ROWS // rows)
        for at in range(0, count, step):
            some = slice(at, min(at + step, count))
            changed = _repeated(self._sample, some.stop - at)
            for j, values in changes:
                each_field(changed)[j][:] = np.repeat(values[some], rows)
            parts.append(log_odds(self._predict(changed)).reshape(-1, rows).mean(axis=1))
        return np.concatenate(parts)


def _repeated(columns: Columns, times: int) -> Columns:
    return columns.take(np.tile(np.arange(len(columns)), times))


def _effects(around: _Around, learned: Columns) -> tuple[Effect, ...]:
    return tuple(_effect(around, learned, j) for j in range(len(each_field(learned))))


def _effect(around: _Around, learned: Columns, j: int) -> Effect:
    def effect(values: npt.NDArray[Any]) -> Floats:
        beyond: Floats = around.of([(j, values)], len(values)) - around.base
        return beyond

    split = learned.numbers.shape[1]
    if j < split:
        return _number_effect(effect, learned.numbers[:, j])
    return _category_effect(effect, learned.codes[:, j - split], len(learned.schema.categories[j - split].levels))


def _number_effect(effect: Callable[[Floats], Floats], values: Floats) -> NumberEffect:
    known = values[~np.isnan(values)]
    knots, cells = (_spread(known, count) for count in (KNOTS, CELLS))
    found = effect(np.append(knots, np.nan))
    return NumberEffect(knots, found[:-1], found[-1:], cells)


def _spread(values: Floats, count: int) -> Floats:
    """Return at most ``count`` of the values, ascending, with about equally many between any two of them."""
    if not len(values):
        return np.zeros(1)
    distinct, repeats = np.unique(values, return_counts=True)
    if len(distinct) <= count:
        return distinct
    reached = np.minimum(repeats, len(values) / count / 2).cumsum()
    return np.unique(distinct[np.searchsorted(reached, np.linspace(reached[0], reached[-1], count))])


def _category_effect(effect: Callable[[Codes], Floats], codes: Codes, levels: int) -> CategoryEffect:
    """Levels beyond ``CELLS`` share cells with those of a like effect; the most frequent of a cell stands for it."""
    found = effect(np.arange(MISSING, levels, dtype=np.int32))
    counts = np.bincount(codes - MISSING, minlength=levels - MISSING)
    order = np.argsort(found[2:], kind="stable") if levels > CELLS else np.arange(levels)
    groups = np.array_split(order, min(levels, CELLS))
    cell = np.arange(levels - MISSING)
    for place, group in enumerate(groups):
        cell[group - MISSING] = place - MISSING
    stand_ins = [group[counts[group - MISSING].argmax()] for group in groups]
    return CategoryEffect(found, cell, np.array([MISSING, UNSEEN, *stand_ins], dtype=np.int32))


def _paired(effects: tuple[Effect, ...], sample: Columns) -> Cells:
    """Return the positions of the fields to pair, (p,): the largest effects first, as long as there is room."""
    spreads = [float(np.std(effect.of(values))) for effect, values in zip(effects, each_field(sample), strict=True)]
    order = np.argsort(np.negative(spreads), kind="stable")
    reached = np.cumsum([len(effects[j].cell_values) for j in order])
    most = MOST_PAIRED_CELLS * min(1.0, np.sqrt(_WIDE_FIELDS / len(effects)))
    return np.sort(order[: max(1, int(np.count_nonzero(reached <= most)))]).astype(np.intp)


def _pairs(around: _Around, effects: tuple[Effect, ...], paired: Cells) -> npt.NDArray[np.float32]:
    """Return what the fields do two by two beyond what each does, (t, t)."""
    values = [effects[j].cell_values for j in paired]
    alone = [around.of([(j, v)], len(v)) for j, v in zip(paired, values, strict=True)]
    starts = first_cells([effects[j] for j in paired])
    total = sum(map(len, values))
    table = np.zeros((total, total), np.float32)
    for a, b in combinations(range(len(paired)), 2):
        left, right = np.repeat(values[a], len(values[b])), np.tile(values[b], len(values[a]))
        both = around.of([(paired[a], left), (paired[b], right)], len(left)).reshape(len(values[a]), -1)
        beyond = both - alone[a][:, None] - alone[b][None, :] + around.base
        rows, columns = (slice(starts[i], starts[i] + len(values[i])) for i in (a, b))
        table[rows, columns], table[columns, rows] = beyond, beyond.T
    return table


def _never_together(background: Background, learned: Columns) -> npt.NDArray[np.bool_]:
    """Return which cells of two fields never met among the (n,) customers though chance would have brought them."""
    low, high, share = background.places(learned, background.paired)
    nearest = np.where(share > 0.5, high, low)
    held = np.zeros((len(learned), len(background.pairs)), np.float32)
    np.put_along_axis(held, nearest, 1, axis=1)
    met, counts = held.T @ held, held.sum(axis=0)
    expected = np.outer(counts, counts) / max(len(learned), 1)
    same_field = np.zeros(met.shape, np.bool_)
    starts = [*first_cells([background.effects[j] for j in background.paired]), len(met)]
    for start, end in pairwise(starts):
        same_field[start:end, start:end] = True
    never: npt.NDArray[np.bool_] = (met == 0) & (expected >= _EXPECTED) & ~same_field
    return never
