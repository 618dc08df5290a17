"""The reference form of a bundle as every peer calls it: preprocessor.joblib, then the SavedModel.

Needs nothing of this project: a bundle's reference form opens wherever scikit-learn and TensorFlow are.
"""

from __future__ import annotations

import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import tensorflow as tf


class BundleModel:
    """Customers in a DataFrame -> probabilities."""

    def __init__(self, folder: Path) -> None:
        """Open the two files; the names of the columns are the preprocessor's own."""
        self._preprocessor = joblib.load(folder / "preprocessor.joblib")
        self._saved_model = tf.saved_model.load(str(folder / "saved_model"))  # the signature does not keep it alive
        self._signature = self._saved_model.signatures["serving_default"]
        columns = {name: columns for name, _, columns in self._preprocessor.transformers_}
        self._numbers, self._categories = columns["numbers"], columns["codes"]

    def predict(self, frame: pd.DataFrame) -> list[float]:
        """Return a probability for each row."""
        matrix = self._preprocessor.transform(self._typed(frame))
        width = matrix.shape[1] - len(self._categories)
        answer = self._signature(
            numbers=tf.constant(matrix[:, :width].astype(np.float32)),
            codes=tf.constant(matrix[:, width:].astype(np.int32)),
        )
        return next(iter(answer.values())).numpy().reshape(-1).tolist()

    def _typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame as the preprocessor was fitted: numbers as floats, categories as text."""
        numeric = [name for name in self._categories if frame[name].dtype.kind in "iuf"]
        return frame.astype(dict.fromkeys(self._numbers, np.float64) | dict.fromkeys(numeric, str))


def open_model() -> BundleModel:
    """Open the bundle that the environment names."""
    return BundleModel(Path(os.environ["CHURN_BUNDLE"]))
