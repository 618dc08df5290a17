"""A bundle whose fields are named as in tables of people, and a model that tells any two customers apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from churn.bundle import Bands, Bundle, Manifest
from churn.columns import Columns, Floats
from churn.engines.base import FakeEngine
from churn.schema import Field, Label, Schema
from churn.scoring import Scorer

ODD = Schema(
    fields=(
        Field("months with us", "integer", training_range=(0.0, 72.0), unit="months"),
        Field("calls.last 24h", "integer", nullable=True, training_range=(0.0, 99.0)),
        Field("Total #", "number", nullable=True, missing_markers=("?",), training_range=(0.0, 9000.0)),
        Field("2nd.line", "category", levels=("no", "yes, fibre", "ja – Kabel")),
        Field("region #1", "category", nullable=True, levels=("City", "Town"), missing_markers=("?",)),
        Field("1st seen", "date", nullable=True, missing_markers=("-",), training_range=(0.0, 4000.0)),
        Field("is_active?", "category", levels=(False, True)),
        Field("0/1", "category", nullable=True, levels=(0, 1)),
    ),
    identifier="Kunde Nr.",
    label=Label("churn", "Yes"),
    as_of=date(2024, 6, 30),
)


def odd_records(count: int) -> list[dict[str, Any]]:
    """Customers, of whom some have missing values, and whole numbers as floats."""
    return [_record(index) for index in range(count)]


def _record(index: int) -> dict[str, Any]:
    record: Mapping[str, Any] = {
        "months with us": float(index % 73) if index % 3 == 1 else index % 73,
        "calls.last 24h": None if index % 5 == 2 else index % 7,
        "Total #": None if index % 7 == 3 else round(index * 3.1 % 8999, 2),
        "2nd.line": ("no", "yes, fibre", "ja – Kabel")[index % 3],
        "region #1": None if index % 4 == 1 else ("City", "Town")[index % 2],
        "1st seen": None if index % 6 == 5 else (date(2020, 1, 1) + timedelta(index % 1500)).isoformat(),
        "is_active?": index % 2 == 0,
        "0/1": None if index % 9 == 8 else index % 2,
    }
    return dict(record)


class Telling(FakeEngine):
    """Says of each customer what comes of all of their values."""

    def predict(self, columns: Columns) -> Floats:
        """Return the probabilities, (n,)."""
        known = np.nan_to_num(columns.numbers, nan=-1.0)
        odds = np.tanh(known / 1000) @ np.linspace(0.5, 1.5, known.shape[1])
        odds += np.sin(columns.codes @ np.linspace(0.7, 1.9, columns.codes.shape[1]))
        probability: Floats = (1 / (1 + np.exp(-odds))).astype(np.float32).astype(np.float64)
        return probability


def telling(bundle: Bundle, _engine: str, _as_of: date | None) -> Scorer:
    """Stand in for ``Scorer.open``."""
    return Scorer(bundle.schema, Telling(), 0.4, (0.3, 0.6))


def odd_bundle(folder: Path) -> Bundle:
    """Make a bundle of which only the golden rows are on disk."""
    records = odd_records(20)
    from churn.records import RecordReader

    said = Telling().predict(RecordReader(ODD).read(records)).tolist()
    golden = {"records": records, "probabilities": said, "tolerance": 1e-5}
    (folder / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    return Bundle(folder, Manifest("odd", "3.1", "2024-06-30T12:00:00Z", 0.4, Bands(0.3, 0.6)), ODD)
