"""What a model may know of the values: those in the rows that it learns from, and no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from churn.columns import UNSEEN, Codes, Columns
from churn.schema import Field, Schema


def seen_in_training(columns: Columns, train: npt.NDArray[np.intp], older: Schema | None = None) -> Columns:
    """Return the columns with a schema that knows only what the rows ``train`` hold, or an ``older`` schema knew.

    Levels that stand in no training row become never-seen ones, and ``training_range`` is theirs: so the
    evaluation meets new levels and far values as the service will.
    """
    schema = columns.schema
    known = older.by_name if older else {}
    kept = [
        (np.bincount(codes[codes >= 0], minlength=len(field.levels)) > 0) | _was_known(field, known.get(field.name))
        for field, codes in _by_category(columns, train)
    ]
    fields = {
        **{f.name: _restricted(f, mask) for f, mask in zip(schema.categories, kept, strict=True)},
        **{f.name: _ranged(f, columns.numbers[train, j], known.get(f.name)) for j, f in enumerate(schema.numbers)},
    }
    codes = columns.codes.copy()
    for j, mask in enumerate(kept):
        codes[:, j] = _recode(codes[:, j], mask)
    return Columns(replace(schema, fields=tuple(fields[f.name] for f in schema.fields)), columns.numbers, codes)


def _by_category(columns: Columns, rows: npt.NDArray[np.intp]) -> list[tuple[Field, Codes]]:
    return [(field, columns.codes[rows, j]) for j, field in enumerate(columns.schema.categories)]


def _was_known(field: Field, older: Field | None) -> npt.NDArray[np.bool_]:
    levels = frozenset(older.levels) if older else frozenset()
    return np.array([level in levels for level in field.levels], dtype=np.bool_)


def _restricted(field: Field, kept: npt.NDArray[np.bool_]) -> Field:
    levels = tuple(level for level, keep in zip(field.levels, kept.tolist(), strict=True) if keep)
    return replace(field, levels=levels or field.levels[:1])  # a column all missing in training keeps one level


def _recode(codes: Codes, kept: npt.NDArray[np.bool_]) -> Codes:
    new = np.where(kept, np.cumsum(kept) - 1, UNSEEN)
    return np.where(codes >= 0, new[np.maximum(codes, 0)], codes).astype(np.int32)


def _ranged(field: Field, values: npt.NDArray[np.float64], older: Field | None) -> Field:
    known = values[~np.isnan(values)]
    if older and older.training_range:
        known = np.concatenate([known, older.training_range])
    return replace(field, training_range=(float(known.min()), float(known.max())) if len(known) else None)
