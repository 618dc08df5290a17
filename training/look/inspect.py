"""Looking at the data before training: each check is one function, each finding one plain sentence.

What makes training meaningless is an error, what a user should act on a warning, all else information.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churn.columns import Columns
from churn.errors import TrainingDataError
from training.findings import Finding
from training.look.column_pairs import affine_pairs, renamed_pairs
from training.look.label import about_labels
from training.look.rows import distinct_rows
from training.look.single_columns import (
    gives_away,
    levels_but_for_case,
    missing_shares,
    rare_levels,
    refuse_absurd,
    says_nothing,
)
from training.measure.labels import Labels
from training.table.alike import Groups, digests, group_rows


@dataclass(frozen=True)
class Look:
    """What was found: ``findings`` in order, ``rows`` (m,) numbers of the rows to train on, columns to ``drop``.

    ``drop`` names features of the schema, each with the reason (no full stop). ``groups`` (m,) of the rows to train
    on: those of one group may be one customer.
    """

    findings: list[Finding]
    rows: npt.NDArray[np.intp]
    drop: Mapping[str, str]
    groups: Groups


def look_at(
    columns: Columns, labels: Labels, ids: Sequence[str | None] | None = None, keep: Collection[str] = ()
) -> Look:
    """Look at n customers before training: columns (n), labels (n,) 0/1, ids (n,).

    Equal rows are left out, and so is a column that gives the label away or says nothing, unless ``keep``
    names it.

    Raises:
        TrainingDataError: training would be meaningless.
    """
    findings = [Finding("info", name, f"Not used: {reason}.") for name, reason in columns.schema.ignored]
    fields = digests(columns)
    rows, about_rows = distinct_rows(fields, labels, ids)
    columns, labels = columns.take(rows), labels[rows]
    groups = group_rows(fields[rows], labels, None if ids is None else [ids[row] for row in rows])
    refuse_absurd(columns)
    findings += [*about_rows, *about_labels(labels)]
    for check in (missing_shares, rare_levels, levels_but_for_case, affine_pairs, renamed_pairs):
        findings += check(columns)
    reasons = {**says_nothing(columns), **gives_away(columns, labels)}
    drop = {name: reason for name, reason in reasons.items() if name not in keep}
    findings += [_about_reason(name, reason, kept=name in keep) for name, reason in reasons.items()]
    if len(drop) == len(columns.schema.fields):
        raise TrainingDataError(f"No column is left to learn from: {'; '.join(f'{n}: {r}' for n, r in drop.items())}.")
    return Look(findings, rows, drop, groups)


def _about_reason(name: str, reason: str, *, kept: bool) -> Finding:
    said = "it was kept, as asked" if kept else "it was left out; --keep keeps it"
    return Finding("warning", name, f"This column {reason}; {said}.")
