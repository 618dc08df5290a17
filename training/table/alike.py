"""Which rows may be the same customer: copies of one another, and rows that share an identifier.

With one of them in the training part and another in the test part the figures would flatter, so a split keeps them
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from churn.columns import Columns
from training.measure.labels import Labels

Groups = npt.NDArray[np.intp]
"""(n,) the number of each row's group, from 0; rows of one group stay together."""


def digests(columns: Columns) -> npt.NDArray[np.uint64]:
    """Return a digest of each customer's fields, (n,); equal for equal fields, NaN like NaN.

    With a million customers a pair of others has one digest by a chance of one in thirty million.
    """
    numbers = columns.numbers + 0.0  # -0 is 0
    frame = pd.concat([pd.DataFrame(numbers), pd.DataFrame(columns.codes)], axis=1)
    return np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)


def group_rows(fields: npt.NDArray[np.uint64], labels: Labels, ids: Sequence[str | None] | None = None) -> Groups:
    """Group n rows: digests of their fields (n,), labels (n,) 0/1, identifiers (n,).

    Rows equal in every field are a group where at least two of them have the same label, too. Where each has
    another one, what was learned from one is wrong for the other: nothing flatters, and they stay apart.
    """
    customers = pd.DataFrame({"fields": fields, "label": labels})
    copied = customers["fields"].isin(customers.loc[customers.duplicated(), "fields"]).to_numpy()
    links = [_to_the_first(customers["fields"], copied)]
    if ids is not None:
        known: pd.Series[Any] = pd.Series(list(ids), dtype="object")
        links.append(_to_the_first(known, known.notna().to_numpy()))
    rows, firsts = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, firsts)), shape=(len(labels), len(labels)))
    groups: Groups = connected_components(graph, directed=False)[1].astype(np.intp)
    return groups


def _to_the_first(values: pd.Series[Any], where: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return the rows ``where`` (n,) is true and the first row there with the same value, (2, k)."""
    rows = np.flatnonzero(where)
    codes, _ = pd.factorize(values.to_numpy()[rows])
    _, firsts = np.unique(codes, return_index=True)
    return np.stack([rows, rows[firsts[codes]]])


def in_company(groups: Groups) -> npt.NDArray[np.bool_]:
    """Say which rows, (n,), are in a group with others."""
    found: npt.NDArray[np.bool_] = np.bincount(groups)[groups] > 1
    return found
