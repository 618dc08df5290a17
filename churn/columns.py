"""A batch of customers as columns: what every engine reads, whatever format the records came in.

Numbers, dates and clock times become one float64 matrix, categories one int32 matrix of codes. Nothing
about the model is known here; scaling and imputing are ``preprocess``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from churn.arrays import MISSING, UNSEEN, Codes, Floats, Mask
from churn.schema import Schema

__all__ = ["MISSING", "UNSEEN", "Codes", "Columns", "Floats", "Mask", "Record", "concat"]

Record = Mapping[str, Any]


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Columns:
    """A validated batch of n customers.

    ``numbers``: (n, d) float64, NaN where missing, columns in the order of ``schema.numbers``.
    ``codes``: (n, c) int32, ``MISSING``, ``UNSEEN`` or the position of the level, columns in the order of
    ``schema.categories``.
    """

    schema: Schema
    numbers: Floats
    codes: Codes

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.numbers)

    def take(self, rows: slice | npt.NDArray[Any]) -> Columns:
        """Return the customers at ``rows`` (a slice, an index array or a mask)."""
        return Columns(self.schema, self.numbers[rows], self.codes[rows])


def concat(parts: Iterable[Columns]) -> Columns:
    """Join batches of one schema, in order."""
    listed = list(parts)
    return Columns(
        listed[0].schema,
        np.concatenate([part.numbers for part in listed]),
        np.concatenate([part.codes for part in listed]),
    )
