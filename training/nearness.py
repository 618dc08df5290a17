"""How near two customers are, over numbers and categories alike, in nats: what chance would have to bring about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from churn.columns import MISSING, Codes, Columns, Floats

_AT_ONCE = 4
"""Fields multiplied before a logarithm is taken: so many shares of a billion customers are no zero in 32 bits."""
_FAR = -2.0
"""The rank of a missing value: nobody who has one is near."""

Nats = npt.NDArray[np.float32]


class Nearness:
    """The nearness of single customers to the m at ``rows``, judged by all n of ``columns``.

    It is the sum over the fields of -log(share of all customers who are as near in this field). As near in a
    number: with no more customers between, counted by ranks; so units, outliers and heavy tails do not matter,
    and equal values count for the more the rarer they are. As near in a category: of the same level. Missing
    is like a value of its own.
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
    """A number's n values as ranks in [0, 1], equal ones alike."""

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
