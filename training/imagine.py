"""Customers who never were, for the student to ask the teacher about (distillation)."""

from __future__ import annotations

import numpy as np

from churn.columns import Columns

LEAST_SWAPPED, MOST_SWAPPED = 0.05, 0.4


def imagine(columns: Columns, count: int, seed: int) -> Columns:
    """Return ``count`` customers made of cells of the given n: every cell is one that stands in its column.

    One half are crossovers, each cell from either of two customers; the other half are customers some of whose
    cells (5 to 40 % of them) are another customer's, each cell another one's. So levels, bounds, integers and
    missing values are respected, and combinations are met that the table does not hold.
    """
    rng = np.random.default_rng(seed)
    rows, width = len(columns), columns.numbers.shape[1] + columns.codes.shape[1]
    crossed = np.arange(count) < count // 2
    share = np.where(crossed, 0.5, rng.uniform(LEAST_SWAPPED, MOST_SWAPPED, count))[:, None]
    mates = np.where(crossed[:, None], rng.integers(rows, size=count)[:, None], rng.integers(rows, size=(count, width)))
    source = np.where(rng.random((count, width)) < share, mates, rng.integers(rows, size=count)[:, None])
    split = columns.numbers.shape[1]
    return Columns(
        columns.schema,
        np.take_along_axis(columns.numbers, source[:, :split], axis=0),
        np.take_along_axis(columns.codes, source[:, split:], axis=0),
    )
