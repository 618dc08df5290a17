"""Imagined customers, for the student to ask the teacher about (distillation)."""

from __future__ import annotations

import numpy as np

from churn.columns import Columns

NEAR = (0.02, 0.15)
FAR = (0.05, 0.4)


def imagine(columns: Columns, count: int, seed: int) -> Columns:
    """Return ``count`` customers put together from the cells of the given n; each cell keeps its column.

    Two thirds are close to a real customer, where the student has to be right: 2 to 15 % of the cells come from other
    customers, each from another one. A sixth are farther off (5 to 40 %), and a sixth are crossovers, with each cell
    from one of two customers. So levels, bounds, whole numbers and missing values stay possible ones, while there
    are combinations that the table does not hold.
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
