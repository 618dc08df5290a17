"""Writing both forms of a fitted model into a staged bundle, and comparing them before it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from churn.bundle import (
    COMPILED_MODEL,
    COMPILED_PREPROCESSOR,
    GOLDEN,
    PREPROCESSOR,
    SAVED_MODEL,
    SCHEMA,
    Bundle,
)
from churn.columns import Columns
from churn.engines import load_engine
from churn.errors import ParityError
from churn.records import RecordReader
from churn.schema import Schema
from churn.scoring import CHUNK_ROWS
from training.publish.compile import export_litert, export_saved_model
from training.publish.golden import TOLERANCE, golden_records
from training.publish.preprocess import pipeline_state


def export_forms(stage: Path, schema: Schema, pipeline: Any, model: Any) -> None:
    """Write the schema, the reference form and the compiled form of one fitted model."""
    (stage / COMPILED_MODEL).parent.mkdir()
    _write_json(stage / SCHEMA, schema.to_json())
    joblib.dump(pipeline, stage / PREPROCESSOR, compress=3)
    _write_json(stage / COMPILED_PREPROCESSOR, pipeline_state(pipeline, schema))
    export_saved_model(model, stage / SAVED_MODEL)
    export_litert(stage / SAVED_MODEL, stage / COMPILED_MODEL)


def write_golden(bundle: Bundle, train: Columns, held_out: Columns, seed: int) -> float:
    """Write the golden rows and return the largest difference between the two forms.

    The forms are loaded from the files just written and compared on the golden rows and on ``held_out``.

    Raises:
        ParityError: they differ by more than the golden tolerance; the bundle must not be published.
    """
    records = golden_records(train, seed)
    golden = RecordReader(bundle.schema).read(records)
    reference, compiled = (load_engine(name, bundle) for name in ("reference", "compiled"))
    batches = [held_out.take(slice(at, at + CHUNK_ROWS)) for at in range(0, len(held_out), CHUNK_ROWS)]
    differences = [np.abs(reference.predict(batch) - compiled.predict(batch)).max() for batch in (golden, *batches)]
    worst = float(np.max(differences))  # NaN where there is one
    if not worst <= TOLERANCE:  # True for NaN too
        raise ParityError(
            f"The SavedModel and the compiled model differ by {worst:.2g} in a probability; allowed is "
            f"{TOLERANCE:.0e}. Nothing was exported. This is a fault of churn-train; please report it with the schema."
        )
    probabilities = reference.predict(golden).tolist()
    _write_json(bundle.file(GOLDEN), {"tolerance": TOLERANCE, "probabilities": probabilities, "records": records})
    return worst


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
