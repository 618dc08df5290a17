"""Near-duplicates across the split: test customers who are slightly changed copies of customers who train.

A customer who was copied with a little noise, or interpolated between two others (SMOTE), before the table was
split is tested with what the model knows by heart, and the figures flatter. Genuine customers look alike too, the
more so the fewer and coarser the columns are, so nearness alone proves nothing. The sign of a copy is a nearest
customer who is far nearer than the next nearest ones would lead one to expect.

Nearness is measured in nats: for each field, minus the log of the share of all customers who are at least as near in
it, summed over the fields (``nearness``). If the fields were independent, two random customers would exceed s nats
with probability about exp(-s). They are not independent, so far out it is exp(-s / b), and b is estimated from the
table: it is the mean of i (s_i - s_(i+1)), where s_i is the nearness of the i-th nearest
customer (Hill 1975, "A simple general approach to inference about the tail of a distribution"). By the same
law s_1 - s_10 is the greatest of nine exponential numbers with mean b (Rényi 1953, "On the theory of order
statistics"). A customer is suspicious when this difference is one that only a hundredth of genuine customers would
exceed; the test part is suspicious when far more than a hundredth of its customers are.

What this cannot see: interpolated customers in a table where only about three numbers tell customers apart (genuine
ones are as near there), and a handful of copies in such a table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churn.columns import Columns, Floats
from training.findings import Finding
from training.look.nearness import Nearness
from training.table.split import Rows, Split

BY_CHANCE = 0.01
"""The share of genuine customers who are called suspicious."""
_NEXT = 10
"""The nearest customer is compared with the tenth nearest, so that up to nine copies of one customer are found."""
_HILL = (5, 40)
"""The neighbours from which the fall-off is estimated; the first few are left out, for they may be copies."""
_FEWEST_TRAINING_ROWS = 200
_MOST_CELLS = 1_000_000_000
"""How many cells are compared at most, which takes a few seconds; of a larger test part a sample is looked at."""
_FEWEST_LOOKED_AT = 100
"""The sample is never smaller than this, however large the table."""


@dataclass(frozen=True)
class NearDuplicates:
    """What was found among ``looked`` customers of the test part.

    ``rows`` (k,) are the suspicious ones, the most suspicious first; ``twins`` (k,) are the customers nearest to them
    among those who train. Both are row numbers of the table.
    """

    looked: int
    rows: Rows
    twins: Rows

    @property
    def more_than_chance(self) -> bool:
        """Whether they exceed what genuine customers would give by over two standard deviations and two customers."""
        expected = self.looked * BY_CHANCE
        return len(self.rows) > expected + 2 * math.sqrt(expected) + 2


def near_duplicates(columns: Columns, parts: Split, seed: int = 0) -> list[Finding]:
    """Say how many customers of the test part are nearly one who trains: n customers and their split.

    One warning, or nothing where there are no more of them than chance would give.
    """
    found = find_near_duplicates(columns, parts, seed)
    if not found.more_than_chance:
        return []
    return [Finding("warning", None, _sentence(columns, parts, found))]


def _sentence(columns: Columns, parts: Split, found: NearDuplicates) -> str:
    among = f"the {len(parts.test):,} customers of the test part"
    if found.looked < len(parts.test):
        among = f"{found.looked:,} customers drawn from {among}"
    return (
        f"{len(found.rows):,} of {among} have a near-duplicate in the training or validation part (look-alikes by "
        f"chance would be about {found.looked * BY_CHANCE:.0f} at most). {_example(columns, found)} The figures of the "
        "test part flatter: a customer who was copied, changed a little or made from others before the split is "
        "tested with what was learned by heart. Train on the table as it was before such rows were added, or keep one "
        "row of each customer."
    )


def _example(columns: Columns, found: NearDuplicates) -> str:
    """Say in which fields the clearest of the suspicious pairs differs, the one that differs in the fewest.

    There is no row number in it: rows have been left out before.
    """
    differing = [_differing(columns, row, twin) for row, twin in zip(found.rows, found.twins, strict=True)]
    names = min(differing, key=len)
    shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    fields = len(columns.schema.fields)
    if not names:
        return f"One pair is equal in all {fields} fields."
    if len(names) <= 2:
        return f"One pair is equal in all of {fields} fields but {shown}."
    return f"The clearest pair differs in {len(names)} of {fields} fields ({shown})."


def _differing(columns: Columns, row: int, twin: int) -> list[str]:
    """Return the names of the fields in which two customers differ."""
    one, other = columns.take(np.array([row])), columns.take(np.array([twin]))
    numbers = ~((one.numbers == other.numbers) | (np.isnan(one.numbers) & np.isnan(other.numbers)))[0]
    codes = (one.codes != other.codes)[0]
    names = [field.name for field, differs in zip(columns.schema.numbers, numbers.tolist(), strict=True) if differs]
    names += [field.name for field, differs in zip(columns.schema.categories, codes.tolist(), strict=True) if differs]
    return names


def find_near_duplicates(columns: Columns, parts: Split, seed: int = 0) -> NearDuplicates:
    """Look for customers of the test part whose nearest among those who train is suspiciously near.

    All m x t pairs are compared, so that no copy is overlooked, but for a large test part: there customers are
    drawn, by ``seed``.
    """
    trains = np.concatenate([parts.train, parts.validation])
    fields = len(columns.schema.fields)
    most = max(_FEWEST_LOOKED_AT, _MOST_CELLS // (len(trains) * fields))
    test = np.random.default_rng(seed).permutation(parts.test)[:most]
    if len(trains) < _FEWEST_TRAINING_ROWS:
        return NearDuplicates(len(test), test[:0], test[:0])
    nearness = Nearness(columns, trains)
    nats = np.empty((len(test), _HILL[1]))
    twins = np.empty(len(test), np.intp)
    for place, row in enumerate(test.tolist()):
        near = nearness.of(row)
        nats[place] = -np.sort(-np.partition(near, -_HILL[1])[-_HILL[1] :])
        twins[place] = trains[near.argmax()]
    ahead = (nats[:, 0] - nats[:, _NEXT - 1]) / _fall_off(nats)
    order = np.argsort(-ahead, kind="stable")
    suspicious = order[: int((ahead > _most_by_chance()).sum())]
    return NearDuplicates(len(test), test[suspicious], twins[suspicious])


def _fall_off(nats: Floats) -> Floats:
    """Return b: the nats of the nearest (m, _HILL[1]), descending -> (m,), the mean of i (s_i - s_(i+1)).

    Where many customers are equal, as those who never used anything, it is small for them, and else for no
    reason: so it is at least the median of all, and at least 1, as for independent fields.
    """
    first, last = _HILL
    each: Floats = (-np.diff(nats)[:, first - 1 :] * np.arange(first, last)).mean(axis=1)
    return np.maximum(each, max(1.0, float(np.median(each))))


def _most_by_chance() -> float:
    """Return the length, in b, that the greatest of nine exponential numbers exceeds with probability BY_CHANCE."""
    return -float(np.log1p(-((1 - BY_CHANCE) ** (1 / (_NEXT - 1)))))
