"""The canonical DataFrame that the scikit-learn pipeline reads, made without TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from churn.columns import Columns


def to_frame(columns: Columns) -> pd.DataFrame:
    """Return the canonical DataFrame that the scikit-learn pipeline reads.

    (n, d) and (n, c) -> n rows: a float64 column for each number (NaN where missing), then an object
    column of text for each category (None where missing; a level never seen as a text that is no level).
    """
    frame: dict[str, Any] = {f.name: columns.numbers[:, j] for j, f in enumerate(columns.schema.numbers)}
    for j, field in enumerate(columns.schema.categories):
        texts = np.array([*map(str, field.levels), None, "\0unseen"], dtype=object)
        frame[field.name] = texts[columns.codes[:, j]]  # -2 is the last but one, -1 the last
    return pd.DataFrame(frame)
