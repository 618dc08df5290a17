"""Looking at whole rows: which of them repeat a customer, and which contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from churn.columns import Mask
from training.findings import Finding
from training.measure.labels import Labels

MOST_DUPLICATES = 0.05
"""When a greater share of rows equal an earlier one, they are taken for customers who look alike, and stay."""


def distinct_rows(
    fields: npt.NDArray[np.uint64], labels: Labels, ids: Sequence[str | None] | None
) -> tuple[npt.NDArray[np.intp], list[Finding]]:
    """Return the rows to keep, each of several equal ones once: the first; and what there is to say."""
    customers = pd.DataFrame({"fields": fields, "label": labels})
    again = customers.duplicated().to_numpy()
    findings = _contradictions(customers) + _repeated_identifiers(ids)
    but_for = "but for the identifier"
    if again.mean() > MOST_DUPLICATES:
        but_for = "with its identifier"
        alike, again = int(again.sum()), _same_customer_again(customers, ids)
        findings.append(_kept_duplicates(alike, len(labels)))
    if again.any():
        sentence = f"{again.sum():,} rows equal an earlier row {but_for}; they were left out."
        findings.append(Finding("info", None, sentence))
    return np.flatnonzero(~again), findings


def _same_customer_again(frame: pd.DataFrame, ids: Sequence[str | None] | None) -> Mask:
    if ids is None:
        return np.zeros(len(frame), dtype=np.bool_)
    again: Mask = frame.assign(id=pd.Series(ids, index=frame.index, dtype="object")).duplicated().to_numpy()
    return again


def _kept_duplicates(alike: int, rows: int) -> Finding:
    share = f"{alike:,} rows ({alike / rows:.0%}) equal an earlier row but for the identifier"
    return Finding(
        "warning", None, f"{share}. They are too many for mistakes: taken for customers who look alike, and kept."
    )


def _contradictions(customers: pd.DataFrame) -> list[Finding]:
    """Say how many rows equal another one and have the other label; n customers as ``fields`` and ``label``."""
    groups = customers[customers["fields"].duplicated(keep=False)].groupby("fields", sort=False)["label"]
    rows = int((groups.transform("min") != groups.transform("max")).sum())
    if rows == 0:
        return []
    return [
        Finding("info", None, f"{rows:,} rows equal another row in every field, yet one customer left and one stayed.")
    ]


def _repeated_identifiers(ids: Sequence[str | None] | None) -> list[Finding]:
    if ids is None:
        return []
    known = pd.Series([one for one in ids if one is not None], dtype="object")
    rows = int(known.duplicated(keep=False).sum())
    if rows == 0:
        return []
    sentence = f"{rows:,} rows share their identifier with another row: is it one customer a row?"
    return [Finding("warning", None, sentence)]
