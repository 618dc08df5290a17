"""Looking at pairs of columns: which says the same as another."""

from __future__ import annotations

import numpy as np

from churn.columns import Columns, Floats, Mask
from training.findings import Finding

_EXACT = 0.01
_PAIR_ROWS = 20_000


def affine_pairs(columns: Columns) -> list[Finding]:
    """Say which numbers follow an earlier one exactly, but for rounding: y = a x + b."""
    numbers = columns.numbers[:_PAIR_ROWS]
    missing = np.isnan(numbers)
    varying = [j for j in range(numbers.shape[1]) if len(np.unique(numbers[~missing[:, j], j])) > 1]
    findings = []
    for place, j in enumerate(varying):
        for i in varying[:place]:
            if (missing[:, i] == missing[:, j]).all() and (line := _line(numbers[:, i], numbers[:, j], missing[:, j])):
                x, y = columns.schema.numbers[i].name, columns.schema.numbers[j].name
                sentence = f"It follows {x} exactly: {line}. One of the two would do."
                findings.append(Finding("info", y, sentence, kind="follows another"))
                break
    return findings


def _line(x: Floats, y: Floats, missing: Mask) -> str | None:
    """Return how y follows x, as ``0.17 times it``, or None where it does not; (n,), (n,)."""
    x, y = x[~missing], y[~missing]
    if len(x) < 3:
        return None
    slope, offset = _least_squares(x, y)
    if np.abs(offset + slope * x - y).max() > _EXACT * y.std():
        return None
    plus = "" if abs(offset) < _EXACT * y.std() else f" {'plus' if offset > 0 else 'minus'} {abs(offset):.3g}"
    return f"{slope:.3g} times it{plus}"


def _least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    """Return slope and offset of the line through (n,) points."""
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    return slope, float(y.mean() - slope * x.mean())


def renamed_pairs(columns: Columns) -> list[Finding]:
    """Say which categories are an earlier one under other names: each level of one is one level of the other."""
    codes, fields = columns.codes[:_PAIR_ROWS].astype(np.int64), columns.schema.categories
    levels = [len(np.unique(codes[:, j])) for j in range(len(fields))]
    findings = []
    for j, later in enumerate(fields):
        for i in range(j):
            if levels[i] == levels[j] > 1 and len(np.unique(codes[:, i] * 1_000_000 + codes[:, j])) == levels[j]:
                sentence = f"It says the same as {fields[i].name}, in other words. One of the two would do."
                findings.append(Finding("info", later.name, sentence, kind="says the same"))
                break
    return findings
