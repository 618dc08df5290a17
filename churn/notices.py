"""What is worth saying about customers that are scored all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np

from churn.arrays import MISSING, Mask
from churn.columns import Columns
from churn.kinds import quantity_of
from churn.schema import Field, Schema

WarningCode = Literal["unseen_level", "missing_value", "out_of_training_range", "unseen_combination"]
WARNING_CODES: tuple[WarningCode, ...] = get_args(WarningCode)


class RecordWarning(NamedTuple):
    """Something worth saying about one field of a record that was scored all the same."""

    field: str
    code: WarningCode
    message: str


class WarningFinder:
    """Finds what is worth a warning in a batch; made once per schema.

    A batch with nothing to say costs three comparisons.
    """

    def __init__(self, schema: Schema) -> None:
        """Prepare the training ranges as two rows, (1, d) each."""
        ranges = [field.training_range or (-np.inf, np.inf) for field in schema.numbers]
        self._low, self._high = np.array(ranges, dtype=np.float64).reshape(-1, 2).T
        self._schema = schema
        self._counted_in = [quantity_of(field, schema.as_of).counted_in for field in schema.numbers]
        self._missing = {field.name: _missing(field) for field in schema.fields}
        self._unseen = [
            RecordWarning(field.name, "unseen_level", "a level never seen in training; scored as an unknown level")
            for field in schema.categories
        ]

    def find(self, columns: Columns) -> dict[int, list[RecordWarning]]:
        """Return the warnings by position in the batch; positions with nothing to say are left out."""
        inside = (columns.numbers >= self._low) & (columns.numbers <= self._high)
        found: dict[int, list[RecordWarning]] = {}
        if not inside.all():
            _collect(found, ~inside, lambda i, j: self._number_warning(columns.numbers[i, j], j))
        if columns.codes.size and columns.codes.min() < 0:
            _collect(found, columns.codes < 0, lambda i, j: self._code_warning(int(columns.codes[i, j]), j))
        return found

    def _number_warning(self, value: float, column: int) -> RecordWarning:
        field = self._schema.numbers[column]
        if np.isnan(value):
            return self._missing[field.name]
        low, high = self._low[column], self._high[column]
        counted_in = self._counted_in[column]
        what = f"{counted_in}: " if counted_in else ""
        return RecordWarning(
            field.name,
            "out_of_training_range",
            f"{what}{value:.10g} is outside the training range {low:.10g} to {high:.10g}",
        )

    def _code_warning(self, code: int, column: int) -> RecordWarning:
        return self._missing[self._schema.categories[column].name] if code == MISSING else self._unseen[column]


def _missing(field: Field) -> RecordWarning:
    return RecordWarning(
        field.name, "missing_value", "no value given; scored as the missing values of the training data"
    )


def _collect(found: dict[int, list[RecordWarning]], where: Mask, say: Callable[[int, int], RecordWarning]) -> None:
    for row, column in zip(*(index.tolist() for index in np.nonzero(where)), strict=True):
        found.setdefault(row, []).append(say(row, column))
