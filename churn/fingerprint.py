"""A digest of each customer as the model reads it, by which it can be found again without keeping it.

What is spelled in different ways and read as the same (29.85 and "29.85", a field left out and null, levels that were
never seen in training) has the same fingerprint.
"""

from __future__ import annotations

import hashlib

import numpy as np

from churn.columns import Columns
from churn.schema import Schema


class Fingerprints:
    """Gives the fingerprints of customers in one schema; made once, safe for several threads."""

    def __init__(self, schema: Schema) -> None:
        """Take the schema, whose digest goes into every fingerprint."""
        self._start = hashlib.sha256(bytes.fromhex(schema.digest()))

    def __call__(self, columns: Columns) -> list[str]:
        """Return the SHA-256 of each of n customers, in hexadecimal, (n,).

        It is taken of the schema's digest, the numbers as little-endian float64 in the order of ``schema.numbers``, and
        the codes as little-endian int32 in the order of ``schema.categories``.
        """
        numbers = (columns.numbers + 0.0).astype("<f8")  # -0.0 is 0.0
        numbers[np.isnan(numbers)] = np.nan  # of which there are many
        found = []
        for row, codes in zip(numbers, columns.codes.astype("<i4"), strict=True):
            one = self._start.copy()
            one.update(row.tobytes())
            one.update(codes.tobytes())
            found.append(one.hexdigest())
        return found
