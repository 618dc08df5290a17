"""Customers who never were, for the student to ask the teacher about (distillation)."""

from __future__ import annotations

import numpy as np

from churn.columns import Columns

NEAR = (0.02, 0.15)
FAR = (0.05, 0.4)


def imagine(columns: Columns, count: int, seed: int) -> Columns:
    """Return ``count`` customers made of cells of the given n: every cell is one that stands in its column.

    Two thirds are near a customer: 2 to 15 % of the cells are other customers', each cell another one's; there the
    student has to be right. A sixth are farther off (5 to 40 %), and a sixth are crossovers, each cell from either of
    two customers. So levels, bounds, integers and missing values are respected, and combinations are met that the
    table does not hold.
    """
    rng = np.random.default_rng(seed)
    rows, width = len(columns), columns.numbers.shape[1] + columns.codes.shape[1]
    place = np.arange(count) / count
    crossed, far = place < 1 / 6, place < 1 / 3
    share = np.where(far, rng.uniform(*FAR, count), rng.uniform(*NEAR, count))
    share = np.where(crossed, 0.5, share)[:, None]
    mates = np.where(crossed[:, None], rng.integers(rows, size=count)[:, None], rng.integers(rows, size=(count, width)))
    source = np.where(rng.random((count, width)) < share, mates, rng.integers(rows, size=count)[:, None])
    source = rng.permutation(source)
    split = columns.numbers.shape[1]
    return Columns(
        columns.schema,
        np.take_along_axis(columns.numbers, source[:, :split], axis=0),
        np.take_along_axis(columns.codes, source[:, split:], axis=0),
    )
