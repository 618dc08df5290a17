"""Which customers a bundle learned from, as digests: for a later training, and for an evaluation of the bundle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from churn.columns import Columns
from churn.engines.frame import to_frame
from churn.kinds import kind_of

LEARNED = "learned_rows.npy"

Digests = npt.NDArray[np.uint64]


def fingerprints(columns: Columns) -> Digests:
    """Return a digest of each customer's fields, (n,): equal for equal customers, whatever table they come from."""
    schema, frame = columns.schema, to_frame(columns)
    for field in schema.numbers:
        if schema.as_of is not None and kind_of(field, schema.as_of).needs_as_of:
            frame[field.name] = schema.as_of.toordinal() - frame[field.name]  # another table counts from another day
    hashed = pd.util.hash_pandas_object(frame[sorted(frame.columns)], index=False)
    digests: Digests = hashed.to_numpy().astype(np.uint64)
    return digests


def write_learned(stage: Path, columns: Columns) -> None:
    """Write the digests of the customers that a model learned from."""
    np.save(stage / LEARNED, np.unique(fingerprints(columns)))


def read_learned(path: Path) -> Digests | None:
    """Return the digests of the customers that a bundle learned from; None where it does not say."""
    return np.load(path / LEARNED) if (path / LEARNED).exists() else None
