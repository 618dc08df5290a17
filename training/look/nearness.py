"""How near two customers are: how unlikely it is, in nats, that two customers are as similar by chance.

Numbers and categories count alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from churn.columns import MISSING, Codes, Columns, Floats

_AT_ONCE = 4
"""How many fields are multiplied before a logarithm is taken: the product of more shares, of a billion customers each,
could become zero in 32 bits."""
_FAR = -2.0
"""The rank of a missing value: far from the rank of every value that is known."""

Nats = npt.NDArray[np.float32]


class Nearness:
    """How near a single customer is to each of the m customers at ``rows``, measured against all n of ``columns``.

    The nearness is the sum over the fields of -log(share of all customers who are at least as near in that field).
    In a number, distance is counted in ranks: how many customers lie between the two. So units, outliers and heavy
    tails do not matter, and an equal value counts for more the rarer it is. In a category, near means the same level.
    A missing value is treated as a value of its own.
    """

    def __init__(self, columns: Columns, rows: npt.NDArray[np.intp]) -> None:
        """Rank every field once: O(n log n)."""
        numbers = [_Number(columns.numbers[:, j], rows) for j in range(columns.numbers.shape[1])]
        categories = [_Category(columns.codes[:, j], rows) for j in range(columns.codes.shape[1])]
        self._fields: list[_Number | _Category] = [*numbers, *categories]
        self._rows = len(rows)

    def of(self, row: int) -> Nats:
        """Return how near the customer at ``row`` is to each of the m: (m,) nats."""
        nats, shares = np.zeros(self._rows, np.float32), np.ones(self._rows, np.float32)
        for place, field in enumerate(self._fields, start=1):
            shares *= field.shares(row)
            if place % _AT_ONCE == 0:
                nats -= np.log(shares)
                shares.fill(1)
        nats -= np.log(shares)
        return nats


class _Number:
    """The n values of a number as ranks in [0, 1]; equal values share a rank."""

    def __init__(self, values: Floats, rows: npt.NDArray[np.intp]) -> None:
        order = np.argsort(values)  # missing ones last
        ordered, missing = values[order], np.isnan(values)
        first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        ties = np.diff(first, append=len(values))
        self._ranks, self._ties = np.empty((2, len(values)), np.float32)
        self._ranks[order] = np.repeat((first + ties / 2) / len(values), ties)
        self._ties[order] = np.repeat(ties / len(values), ties)
        self._ranks[missing], self._ties[missing] = _FAR, missing.mean()
        self._theirs = self._ranks[rows]

    def shares(self, row: int) -> Nats:
        near: Nats = np.abs(self._theirs - self._ranks[row])
        near *= 2
        near += self._ties[row]
        return np.minimum(near, 1, out=near)


class _Category:
    """A category's n codes, and the share of all customers who have each."""

    def __init__(self, codes: Codes, rows: npt.NDArray[np.intp]) -> None:
        self._codes, self._share = codes, (np.bincount(codes - MISSING) / len(codes)).astype(np.float32)
        self._theirs = codes[rows]

    def shares(self, row: int) -> Nats:
        return np.where(self._theirs == self._codes[row], self._share[self._codes[row] - MISSING], np.float32(1))
