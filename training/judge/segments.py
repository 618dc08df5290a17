"""The customers of one field in groups that a table can show: a level each, or ranges of a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
import numpy.typing as npt

from churn.columns import MISSING, UNSEEN, Columns, Floats
from churn.kinds import Quantity, TextQuantity, kind_of, quantity_of
from churn.kinds.clock import Time
from churn.schema import Field
from training.judge.range_names import Clock, Decimals, RangeName, closed, closed_without_gap, half_open

RANGES = 5
MOST_VALUES = 10
"""A number of so few different values has a group for each."""
_WHOLE_BELOW = 1e15
"""Up to here the whole number after another one is exact, and short enough to be written in full."""
_LEFT_OFF_HOURS = 1e-9
MOST_LEVELS = 12
FEWEST_CUSTOMERS, FEWEST_SHARE = 10, 0.01

Place = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Segment:
    """One group: what a table calls it and, of a range, its ends as they are written, ``first`` before ``last``.

    Both ends belong to it, unless ``under`` says that the last one does not (``range_names``). Dates and clock times
    run from the earliest to the latest.
    """

    name: str
    kind: Literal["level", "range", "missing", "unseen", "others"] = "level"
    first: str = ""
    last: str = ""
    under: bool = False


@dataclass(frozen=True)
class Segments:
    """The groups of a field that hold customers, and in which of them each of n is, (n,)."""

    listed: tuple[Segment, ...]
    place: Place


def fewest(customers: int) -> int:
    """Return how many of so many customers a group has to hold for its churn rate to be told in a sentence."""
    return max(FEWEST_CUSTOMERS, ceil(FEWEST_SHARE * customers))


def segments(field: Field, columns: Columns) -> Segments:
    """Divide n customers by a field: by its levels, or in ranges of about equally many customers."""
    schema = columns.schema
    if field.is_category:
        found = _levels(field, columns.codes[:, schema.categories.index(field)])
    else:
        found = _ranges(field, columns)
    return _without_empty(found)


def _without_empty(found: Segments) -> Segments:
    used = np.bincount(found.place, minlength=len(found.listed)) > 0
    listed = tuple(segment for segment, here in zip(found.listed, used, strict=True) if here)
    return Segments(listed, (np.cumsum(used) - 1)[found.place])


def _levels(field: Field, codes: npt.NDArray[np.int32]) -> Segments:
    """The most frequent levels keep their order; where there are more, the rest is one group."""
    counts = np.bincount(codes[codes >= 0], minlength=len(field.levels))
    kept = np.arange(len(counts))
    if len(counts) > MOST_LEVELS:
        kept = np.sort(np.argsort(-counts, kind="stable")[: MOST_LEVELS - 1])
    places = np.full(len(counts) + 2, len(kept))
    places[kept] = np.arange(len(kept))
    place = np.select([codes == MISSING, codes == UNSEEN], [len(kept) + 1, len(kept) + 2], places[np.maximum(codes, 0)])
    named = [Segment(str(field.levels[code])) for code in kept]
    others = Segment(f"({len(counts) - len(kept)} other levels)", "others")
    return Segments((*named, others, Segment("(missing)", "missing"), Segment("(never seen)", "unseen")), place)


def _ranges(field: Field, columns: Columns) -> Segments:
    values = columns.numbers[:, columns.schema.numbers.index(field)]
    missing = np.isnan(values)
    known = values[~missing]
    starts = _starts(known) if len(known) else np.zeros(1)
    place = np.searchsorted(starts, values, side="right") - 1
    backwards = kind_of(field).needs_as_of  # held as days back, shown in the order of time
    if backwards:
        place = len(starts) - 1 - place
    groups = [known[place[~missing] == i] for i in range(len(starts))]
    listed = _named(groups, quantity_of(field, columns.schema.as_of), backwards=backwards)
    return Segments((*listed, Segment("(missing)", "missing")), np.where(missing, len(starts), place))


def _starts(known: Floats) -> Floats:
    """Return the lowest value of each range, ascending; a value that a range's worth of customers share has its own."""
    distinct, counts = np.unique(known, return_counts=True)
    starts = distinct
    if len(distinct) > MOST_VALUES:
        quantiles = np.quantile(known, np.arange(RANGES) / RANGES, method="higher")
        frequent = np.flatnonzero(counts * RANGES >= len(known))
        own = distinct[np.concatenate([frequent, np.minimum(frequent + 1, len(distinct) - 1)])]
        starts = np.unique(np.concatenate([distinct[:1], quantiles, own]))
    return _large_enough(starts, np.bincount(np.searchsorted(starts, known, side="right") - 1), fewest(len(known)))


def _large_enough(starts: Floats, counts: npt.NDArray[np.intp], least: int) -> Floats:
    """Merge ranges until each holds ``least`` customers, as far as there are so many."""
    kept: list[float] = []
    held = least
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        if held >= least:
            kept.append(start)
            held = 0
        held += count
    if held < least and len(kept) > 1:
        kept.pop()
    return np.array(kept)


def _named(groups: Sequence[Floats], kind: Quantity, *, backwards: bool) -> list[Segment]:
    """Name ranges by their values, each (n_i,), in the order in which they are shown."""
    if not len(groups[0]):
        return [Segment("(none)", "range")]
    ascending = groups[::-1] if backwards else groups
    lows, highs = ([float(pick(values)) for values in ascending] for pick in (np.min, np.max))
    names = _names(lows, highs, np.unique(np.concatenate(groups)), kind)
    if backwards:
        names = [RangeName(name.last, name.first) for name in reversed(names)]
    return [Segment(name.text, "range", name.first, name.last, name.under) for name in names]


def _names(lows: Sequence[float], highs: Sequence[float], distinct: Floats, kind: Quantity) -> list[RangeName]:
    """Name k ranges, ascending, by their ends, (k,) each, as the kind is written: ``distinct`` are all values."""
    if isinstance(kind, Time) and not all(_in_whole_seconds(hours, kind) for hours in distinct.tolist()):
        return half_open(lows, highs, Clock())
    if isinstance(kind, TextQuantity):
        return closed(lows, highs, kind.written)
    if np.abs(distinct).max() < _WHOLE_BELOW and (distinct == np.floor(distinct)).all():
        return closed_without_gap(lows, highs)
    return half_open(lows, highs, Decimals())


def _in_whole_seconds(hours: float, kind: Time) -> bool:
    """Say whether a time is one of whole seconds, but for what a float leaves off."""
    return abs(kind.parse(kind.written(hours)) - hours) < _LEFT_OFF_HOURS
