"""Pairs of fields that act together: what two do beyond what each does alone, and for whom that is strongest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import rankdata

from churn.columns import Columns, Floats
from churn.schema import Field
from training.judge.explained import Explained
from training.judge.segments import Segment, Segments, fewest, segments
from training.measure.labels import Labels

MOST_PAIRS = 5
LITTLE_LOG_ODDS = 0.05
"""A pair hardly matters when it moves the log-odds by less than this on average: a point of the risk, or less."""
LITTLE_RISK = 0.01
"""A pair that changes the probability by less than this in every combination hardly matters either."""
_FEWEST_EXPLAINED = 5
_SAME = 0.95
"""From this rank correlation on, two numbers say the same, and what they do together cannot be told from one."""


@dataclass(frozen=True, slots=True)
class Combination:
    """Customers who share a segment of each of two fields.

    ``effect`` is how much higher their probability of leaving is, on average, for what the two fields do together
    beyond what each does alone; ``rows`` of them there are, of whom ``churn_rate`` left.
    """

    segments: tuple[Segment, Segment]
    effect: float
    rows: int
    churn_rate: float


@dataclass(frozen=True, slots=True)
class PairEffect:
    """Two fields, the mean absolute effect in log-odds of both together, and where it is strongest."""

    fields: tuple[Field, Field]
    effect: float
    strongest: Combination


def find_pairs(columns: Columns, labels: Labels, explained: Explained) -> list[PairEffect]:
    """Return the pairs that matter, the largest effect first, on n customers of the test part: labels (n,).

    At most ``MOST_PAIRS``, none below ``LITTLE_LOG_ODDS`` or ``LITTLE_RISK``, and none of two numbers that say the
    same.
    """
    if not explained.pairs:
        return []
    effects = np.abs(explained.together).mean(axis=0)
    found: list[PairEffect] = []
    for k in np.argsort(-effects, kind="stable"):
        if effects[k] < LITTLE_LOG_ODDS or len(found) == MOST_PAIRS:
            break
        fields = explained.pairs[k]
        strongest = None if _say_the_same(fields, columns) else _strongest(fields, k, columns, labels, explained)
        if strongest:
            found.append(PairEffect(fields, float(effects[k]), strongest))
    return found


def _say_the_same(fields: tuple[Field, Field], columns: Columns) -> bool:
    if any(field.is_category for field in fields):
        return False
    values = columns.numbers[:, [columns.schema.numbers.index(field) for field in fields]]
    known = values[~np.isnan(values).any(axis=1)]
    if not len(known) or (np.ptp(known, axis=0) == 0).any():
        return False
    return abs(float(np.corrcoef(rankdata(known, axis=0).T)[0, 1])) >= _SAME


def _strongest(
    fields: tuple[Field, Field], k: np.intp, columns: Columns, labels: Labels, explained: Explained
) -> Combination | None:
    """Return where the pair's effect is largest, of the combinations of enough customers."""
    one, other = (segments(field, columns) for field in fields)
    width = len(other.listed)
    place = one.place * width + other.place
    rows = np.bincount(place, minlength=len(one.listed) * width)
    asked = np.bincount(place[explained.rows], minlength=len(rows))
    total = np.bincount(place[explained.rows], _moved(explained.log_odds, explained.together[:, k]), len(rows))
    enough = (rows >= fewest(len(labels))) & (asked >= _FEWEST_EXPLAINED) & _told(one, other)
    if not enough.any():
        return None
    mean = np.where(enough, total / np.maximum(asked, 1), 0.0)
    best = int(np.abs(mean).argmax())
    if abs(mean[best]) < LITTLE_RISK:
        return None
    return Combination(
        (one.listed[best // width], other.listed[best % width]),
        float(mean[best]),
        int(rows[best]),
        float(labels[place == best].mean()),
    )


def _moved(log_odds: Floats, together: npt.NDArray[np.float32]) -> Floats:
    """Return how much higher the probabilities are for a part of the log-odds: (k,), (k,) -> (k,)."""
    moved: Floats = expit(log_odds) - expit(log_odds - together)
    return moved


def _told(one: Segments, other: Segments) -> npt.NDArray[np.bool_]:
    """Say which combinations have a name that says who is meant: not those of rare levels together."""
    named = [np.array([s.kind not in {"others", "unseen"} for s in some.listed]) for some in (one, other)]
    return np.outer(*named).ravel()
