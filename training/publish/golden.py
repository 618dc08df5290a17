"""The golden rows: records as a client would send them, whose probabilities every engine has to reproduce.

No golden row is a customer: each field's value is drawn on its own from the training part, and the last
rows are made of the extremes (missing wherever allowed, levels never seen, numbers far outside).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from churn.columns import Columns
from churn.kinds.day import ISO_DATE
from churn.schema import Field, Level, Schema

TOLERANCE = 1e-5
ROWS = 128


def golden_records(columns: Columns, seed: int) -> list[dict[str, Any]]:
    """Return ``ROWS`` records mixed from (n,) training customers, and three of extremes."""
    rng = np.random.default_rng(seed)
    mixed = Columns(
        columns.schema,
        _mix(columns.numbers, rng),
        _mix(columns.codes, rng),
    )
    records = to_records(mixed)
    return [*records, _nothing(records[0], columns.schema), *(_extreme(columns.schema, sign) for sign in (-1, 1))]


def _mix(matrix: Any, rng: np.random.Generator) -> Any:
    rows = rng.integers(0, len(matrix), (ROWS, matrix.shape[1]))
    return np.take_along_axis(matrix, rows, axis=0)


def to_records(columns: Columns) -> list[dict[str, Any]]:
    """Return n records, JSON-ready, that read back as these columns (never-seen levels become null)."""
    schema = columns.schema
    values = {
        f.name: [number_to_json(f, schema, v) for v in columns.numbers[:, j].tolist()]
        for j, f in enumerate(schema.numbers)
    }
    for j, field in enumerate(schema.categories):
        values[field.name] = [field.levels[code] if code >= 0 else None for code in columns.codes[:, j].tolist()]
    return [{field.name: values[field.name][row] for field in schema.fields} for row in range(len(columns))]


def number_to_json(field: Field, schema: Schema, value: float) -> Level | float | None:
    """Return a canonical float as a client would send it: a number, a day, a clock time, or None."""
    if np.isnan(value):
        return None
    if field.kind == "date" and schema.as_of is not None:
        return (schema.as_of - timedelta(days=value)).strftime(field.date_format or ISO_DATE)
    if field.kind == "time":
        seconds = min(round(value * 3600), 86_399)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return int(value) if field.kind == "integer" else value


def _nothing(record: dict[str, Any], schema: Schema) -> dict[str, Any]:
    return {field.name: None if field.nullable else record[field.name] for field in schema.fields}


def _extreme(schema: Schema, sign: int) -> dict[str, Any]:
    return {field.name: _far(field, schema, sign) for field in schema.fields}


def _far(field: Field, schema: Schema, sign: int) -> Any:
    if field.is_category:
        return {str: "\u2205 never seen", int: -(2**31), bool: field.levels[0]}[field.level_type]
    if field.kind in {"date", "time"}:
        ends: Sequence[float] = field.training_range or (0.0, 0.0)
        return number_to_json(field, schema, ends[0 if sign < 0 else 1])
    limit = {-1: field.minimum, 1: field.maximum}[sign]
    if limit is not None:
        return int(limit) if field.kind == "integer" else limit
    return sign * (2**53 if field.kind == "integer" else 1e300)
