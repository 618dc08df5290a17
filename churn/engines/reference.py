"""The engine that is compared with: the SavedModel behind the fitted scikit-learn pipeline, as exported.

``preprocessor.joblib`` is a pickle. It is opened here only, and only from a bundle that ``open_bundle``
has checked against its manifest.
"""

from __future__ import annotations

import os
from typing import Any

# Read once, when TensorFlow is imported: no notes of its own on stderr, and one order of computation.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import joblib
import numpy as np
import tensorflow as tf

from churn.bundle import PREPROCESSOR, SAVED_MODEL, Bundle
from churn.columns import Columns, Floats
from churn.engines.frame import to_frame
from churn.schema import Schema


def split_inputs(matrix: Floats, schema: Schema) -> dict[str, Any]:
    """Split the pipeline's (n, f + c) matrix into the model's inputs by name; one of width zero is left out."""
    width = matrix.shape[1] - len(schema.categories)
    parts = {"numbers": matrix[:, :width].astype(np.float32), "codes": matrix[:, width:].astype(np.int32)}
    return {name: part for name, part in parts.items() if part.shape[1]}


class ReferenceEngine:
    """The pipeline, then the SavedModel's serving signature."""

    def __init__(self, schema: Schema, pipeline: Any, saved_model: Any) -> None:
        """Take the loaded parts."""
        self._schema = schema
        self._pipeline = pipeline
        self._saved_model = saved_model  # the signature does not keep it alive
        self._signature = saved_model.signatures["serving_default"]

    def predict(self, columns: Columns) -> Floats:
        """Return probabilities, (n,) float64, for the n customers of the batch."""
        if not len(columns):
            return np.empty(0)
        inputs = split_inputs(self._pipeline.transform(to_frame(columns)), self._schema)
        answer = self._signature(**{name: tf.constant(part) for name, part in inputs.items()})
        return np.asarray(next(iter(answer.values())), dtype=np.float64).reshape(-1)

    def twin(self) -> ReferenceEngine:
        """Return an engine on the same model; TensorFlow runs it for several threads at once."""
        return ReferenceEngine(self._schema, self._pipeline, self._saved_model)

    def close(self) -> None:
        """Let go of the model."""
        del self._signature, self._saved_model


def load(bundle: Bundle) -> ReferenceEngine:
    """Load the reference form of a bundle."""
    pipeline = joblib.load(bundle.file(PREPROCESSOR))
    return ReferenceEngine(bundle.schema, pipeline, tf.saved_model.load(str(bundle.file(SAVED_MODEL))))
