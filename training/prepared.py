"""What a model learns from: the table's customers, their parts, and the inputs that a fitted pipeline makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from churn.columns import Columns, concat
from churn.engines.reference import split_inputs, to_frame
from training.alike import Groups
from training.families.network import Inputs
from training.metrics import Labels
from training.preprocess import make_pipeline
from training.split import Split

FEWEST_MISSING_ROWS = 30
"""With fewer training rows without a value, what they did says nothing of others without one."""

AT_ONCE_ROWS = 32_768

Rows = npt.NDArray[np.intp]


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
    """Return slices that cover so many rows, one at least, each small enough for what is made of it on the way."""
    return [slice(at, at + AT_ONCE_ROWS) for at in range(0, max(rows, 1), AT_ONCE_ROWS)]


class Preparation:
    """A pipeline fitted on the customers that a model learns from.

    A missing indicator that fewer than ``FEWEST_MISSING_ROWS`` of them set is hidden while learning: one that was
    never set has no say later (its factor starts from zero), so the value then counts as imputed and no more.
    Else eleven customers who happened to stay would make everybody whose record leaves the field out a sure stayer.
    """

    def __init__(self, columns: Columns, scaling: Any = None) -> None:
        """Fit on n customers; ``scaling`` is that of the numbers where it is to stay as an older bundle has it."""
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
