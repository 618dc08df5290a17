"""Looking at the parts of a split: columns that are constant in one, customers who are in two, codes in the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from churn.errors import TrainingDataError
from training.findings import Finding
from training.look.codes import look_like_codes
from training.look.dataset import Dataset
from training.look.near_duplicates import near_duplicates
from training.look.single_columns import says_nothing
from training.progress import Reporter
from training.table.alike import Groups, in_company
from training.table.split import Split


def look_across(dataset: Dataset, parts: Split, reporter: Reporter) -> Dataset:
    """Return the data set with what there is to say about its split.

    Raises:
        TrainingDataError: no field varies among those who train, so there is nothing to learn.
    """
    findings = [
        *_silent(dataset, parts),
        *_kept_together(dataset.groups, parts),
        *near_duplicates(dataset.columns, parts),
        *look_like_codes(dataset.columns.take(parts.train), dataset.labels[parts.train]),
    ]
    for finding in findings:
        reporter.found(finding)
    return replace(dataset, findings=[*dataset.findings, *findings])


def _silent(dataset: Dataset, parts: Split) -> list[Finding]:
    """Report the columns that vary in the test part alone; those that vary nowhere have been reported before."""
    here = says_nothing(dataset.columns.take(np.concatenate([parts.train, parts.validation])))
    if len(here) == len(dataset.schema.fields):
        listed = "; ".join(f"{name} {reason}" for name, reason in here.items())
        raise TrainingDataError(
            f"There is nothing to learn: in the training and validation parts every field is constant ({listed}). "
            "Give more columns, or split by another one."
        )
    everywhere = says_nothing(dataset.columns)
    return [
        Finding("warning", name, f"This column {reason} of the training and validation parts: it can teach nothing.")
        for name, reason in here.items()
        if name not in everywhere
    ]


def _kept_together(groups: Groups, parts: Split) -> list[Finding]:
    """Say how many rows may be one customer with others, and whether the split keeps them on one side."""
    rows = int(in_company(groups).sum())
    if rows == 0:
        return []
    several = f"{rows:,} rows have a copy or share their identifier with another row"
    astride = int(np.isin(groups[parts.test], groups[np.concatenate([parts.train, parts.validation])]).sum())
    if astride == 0:
        return [Finding("info", None, f"{several}; those that belong together stay on one side of every split.")]
    sentence = (
        f"{several}, and {astride:,} of the {len(parts.test):,} customers of the test part belong to one who trains: "
        "the figures flatter. They could not all be kept on one side of the split."
    )
    return [Finding("warning", None, sentence)]
