"""What a model learns from: the table's customers, their parts, and the inputs that a fitted pipeline makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from churn.columns import Columns, concat
from churn.engines.frame import to_frame
from churn.engines.reference import split_inputs
from training.measure.labels import Labels
from training.networks.families.network import Inputs
from training.publish.preprocess import make_pipeline
from training.table.alike import Groups
from training.table.split import Rows, Split

FEWEST_MISSING_ROWS = 30
"""When fewer training rows lack a value, they are too few to tell how customers without it behave."""

AT_ONCE_ROWS = 32_768


@dataclass(frozen=True)
class Material:
    """What there is to learn from: all n customers of the table, labels (n,) 0/1, groups (n,), the parts, the seed."""

    columns: Columns
    labels: Labels
    groups: Groups
    parts: Split
    seed: int


@dataclass(frozen=True)
class Customers:
    """n customers as columns, which boosters read, and as the inputs of a network."""

    columns: Columns
    inputs: Inputs

    def __len__(self) -> int:
        """Count the customers."""
        return len(self.columns)

    def take(self, rows: Rows) -> Customers:
        """Return some of them, (m,)."""
        return Customers(self.columns.take(rows), {name: part[rows] for name, part in self.inputs.items()})

    def and_then(self, others: Customers) -> Customers:
        """Return these and then others."""
        inputs = {name: np.concatenate([part, others.inputs[name]]) for name, part in self.inputs.items()}
        return Customers(concat([self.columns, others.columns]), inputs)


def slices(rows: int) -> list[slice]:
    """Return slices that cover so many rows (at least one slice), each small enough to work on in memory."""
    return [slice(at, at + AT_ONCE_ROWS) for at in range(0, max(rows, 1), AT_ONCE_ROWS)]


class Preparation:
    """A pipeline fitted on the customers that a model learns from.

    A missing indicator that is set for fewer than ``FEWEST_MISSING_ROWS`` of them is hidden while learning. One that
    was never set has no effect later (its factor starts from zero), so such a value is imputed and nothing more.
    Otherwise eleven customers who happened to stay would turn everybody whose record lacks the field into a stayer.
    """

    def __init__(self, columns: Columns, scaling: Any = None) -> None:
        """Fit on n customers; ``scaling`` is the fitted scaling of the numbers to take over from an older bundle."""
        self.pipeline = make_pipeline(columns.schema)
        self.pipeline.fit(to_frame(columns))
        if scaling is not None:
            kept = {"numbers": scaling}
            self.pipeline.transformers_ = [
                (name, kept.get(name, fitted), names) for name, fitted, names in self.pipeline.transformers_
            ]
        self._rare = np.isnan(columns.numbers).sum(axis=0) < FEWEST_MISSING_ROWS

    def customers(self, columns: Columns) -> Customers:
        """Return customers as they are served."""
        parts = [self._inputs(columns.take(rows)) for rows in slices(len(columns))]
        return Customers(columns, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]})

    def _inputs(self, columns: Columns) -> Inputs:
        return split_inputs(self.pipeline.transform(to_frame(columns)), columns.schema)

    def lessons(self, columns: Columns) -> Customers:
        """Return customers to learn from."""
        customers = self.customers(columns)
        if "numbers" in customers.inputs:
            nullable = np.array([field.nullable for field in columns.schema.numbers])
            customers.inputs["numbers"][:, len(nullable) :][:, self._rare[nullable]] = 0
        return customers
