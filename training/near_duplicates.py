"""Customers of the test part that are nearly a customer who trains: copies with a change, or interpolated ones.

Who was copied with a little noise, or made between two others (SMOTE), before the table was split, is tested
with what was learned by heart: the figures flatter. Honest customers look alike too, and the more so the
fewer and coarser the columns, so nearness alone says nothing. What tells is a nearest customer far nearer
than the next ones lead to expect.

How near two customers are is counted in nats: for each field minus the log of the share of all customers who
are as near in it as the other one, summed over the fields. Were fields independent, customers at random
would exceed s nats with probability about exp(-s). Since they are not, it is exp(-s / b) far out, and b is
read from the table: it is the mean of i (s_i - s_(i+1)), where s_i is the nearness of the i-th nearest
customer (Hill 1975, "A simple general approach to inference about the tail of a distribution"). By the same
law s_1 - s_10 is the greatest of nine exponential numbers with mean b (Rényi 1953, "On the theory of order
statistics"). Whoever exceeds what one in a hundred would is suspicious, and the test part is when far more
than one in a hundred do.

What is not seen: customers made between others where hardly three numbers tell customers apart (an honest one
is as near), and a few copies in such a table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churn.columns import Columns, Floats
from training.inspect import Finding
from training.nearness import Nearness
from training.split import Index, Split

BY_CHANCE = 0.01
"""The share of honest customers who are called suspicious."""
_NEXT = 10
"""The nearest customer is held against this one, so that up to nine copies of one customer are still seen."""
_HILL = (5, 40)
"""Which neighbours say how nearness falls off; the first few may be copies themselves."""
_FEWEST_TRAINING_ROWS = 200
_MOST_CELLS = 1_000_000_000
"""Cells compared at most, which takes a few seconds; from a large test part customers are drawn."""
_FEWEST_LOOKED_AT = 100
"""But so many, however large the table."""


@dataclass(frozen=True)
class NearDuplicates:
    """What was found among ``looked`` customers of the test part.

    ``rows`` (k,) are the suspicious ones, the most suspicious first, and ``twins`` (k,) the nearest customer who
    trains to each, both as row numbers of the table.
    """

    looked: int
    rows: Index
    twins: Index

    @property
    def more_than_chance(self) -> bool:
        """Whether there are far more than honest customers would give: by two deviations, and two."""
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
    """Say in which fields the most suspicious pair differs; no row number: rows have been left out before."""
    one, other = columns.take(found.rows[:1]), columns.take(found.twins[:1])
    numbers = ~((one.numbers == other.numbers) | (np.isnan(one.numbers) & np.isnan(other.numbers)))[0]
    codes = (one.codes != other.codes)[0]
    names = [field.name for field, differs in zip(columns.schema.numbers, numbers.tolist(), strict=True) if differs]
    names += [field.name for field, differs in zip(columns.schema.categories, codes.tolist(), strict=True) if differs]
    shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    fields = len(columns.schema.fields)
    if not names:
        return f"One pair is equal in all {fields} fields."
    if len(names) <= 2:
        return f"One pair is equal in all of {fields} fields but {shown}."
    return f"One pair differs in {len(names)} of {fields} fields ({shown}), and there by little."


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
