"""The golden rows: records as a client would send them, whose probabilities every engine has to reproduce.

No golden row is a customer: each field's value is drawn on its own from the training part, and the last
rows are made of the extremes (missing wherever allowed, levels never seen, numbers far outside).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from churn.columns import Columns
from churn.kinds import kind_of, quantity_of
from churn.schema import Schema

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
        field.name: list(map(quantity_of(field, schema.as_of).to_json, columns.numbers[:, j].tolist()))
        for j, field in enumerate(schema.numbers)
    }
    for j, field in enumerate(schema.categories):
        values[field.name] = [field.levels[code] if code >= 0 else None for code in columns.codes[:, j].tolist()]
    return [{field.name: values[field.name][row] for field in schema.fields} for row in range(len(columns))]


def _nothing(record: dict[str, Any], schema: Schema) -> dict[str, Any]:
    return {field.name: None if field.nullable else record[field.name] for field in schema.fields}


def _extreme(schema: Schema, sign: int) -> dict[str, Any]:
    return {field.name: kind_of(field, schema.as_of).extreme(sign) for field in schema.fields}
