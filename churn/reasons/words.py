"""Contributions as reasons: field, value, contribution, direction, and a sentence in plain words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from churn.answers import Direction, Reason
from churn.arrays import MISSING, UNSEEN
from churn.columns import Columns
from churn.kinds import quantity_of
from churn.odds import probability_of
from churn.reasons.attribution import Attributions
from churn.reasons.background import each_field
from churn.schema import Field, Schema

DECIMALS = 5
"""Contributions are told to so many decimals: beyond, the computation is noise."""
_PERCENT_DECIMALS = (0, 1, 2)


class ReasonWriter:
    """Puts contributions into words; made once per schema."""

    def __init__(self, schema: Schema) -> None:
        """Prepare the words for each field."""
        self._say = [
            *(_number_words(field, schema) for field in schema.numbers),
            *(_level_words(field) for field in schema.categories),
        ]

    def top(self, columns: Columns, attributions: Attributions, count: int) -> list[list[Reason]]:
        """Return the ``count`` largest contributions of each of n customers, equal ones in the schema's order."""
        contributions = attributions.contributions.round(DECIMALS) + 0.0  # no negative zero
        values = [column.tolist() for column in each_field(columns)]
        schema_order = _schema_order(attributions.fields, columns.schema)
        largest = schema_order[np.argsort(-np.abs(contributions[:, schema_order]), axis=1, kind="stable")[:, :count]]
        before = probability_of(attributions.log_odds[:, None] - contributions)
        after = probability_of(attributions.log_odds)
        return [
            [
                self._reason(attributions.fields[j], j, values[j][i], contributions[i, j], before[i, j], after[i])
                for j in chosen
            ]
            for i, chosen in enumerate(largest.tolist())
        ]

    def what(self, j: int, one: Columns) -> str:
        """Say what value one customer, (1,), has in the field at position j: "Contract is Two year"."""
        return self._say[j](each_field(one)[j].item())[1]

    def _reason(self, field: Field, j: int, raw: float, contribution: float, before: float, after: float) -> Reason:
        value, what = self._say[j](raw)
        direction: Direction = "raises" if contribution > 0 else "lowers" if contribution < 0 else "none"
        return Reason(field.name, value, float(contribution), direction, f"{what}: {_moves(direction, before, after)}.")


def _schema_order(fields: Sequence[Field], schema: Schema) -> Any:
    place = {field.name: j for j, field in enumerate(fields)}
    return np.array([place[field.name] for field in schema.fields])


def _number_words(field: Field, schema: Schema) -> Callable[[float], tuple[Any, str]]:
    kind = quantity_of(field, schema.as_of)

    def say(number: float) -> tuple[Any, str]:
        if math.isnan(number):
            return None, f"{field.name} is not given"
        value = kind.to_json(number)
        shown = f"{value:.10g}" if isinstance(value, float) else str(value)
        return value, f"{field.name} is {shown}{_unit(field.unit, number)}"

    return say


def _unit(unit: str | None, number: float) -> str:
    if not unit:
        return ""
    return f" {unit[:-1] if number == 1 and unit.endswith('s') else unit}"


def _level_words(field: Field) -> Callable[[float], tuple[Any, str]]:
    said: dict[int, tuple[Any, str]] = {
        MISSING: (None, f"{field.name} is not given"),
        UNSEEN: (None, f"{field.name} has a level never seen in training"),
    }
    for code, level in enumerate(field.levels):
        said[code] = level, f"{field.name} is {str(level).lower() if isinstance(level, bool) else level}"
    return lambda code: said[int(code)]


def _moves(direction: Direction, before: float, after: float) -> str:
    for decimals in _PERCENT_DECIMALS:
        low, high = f"{before:.{decimals}%}", f"{after:.{decimals}%}"
        if low != high and direction != "none":
            return f"{direction} the risk from {_spaced(low)} to {_spaced(high)}"
    return f"leaves the risk at {_spaced(f'{after:.0%}')}"


def _spaced(percent: str) -> str:
    return f"{percent[:-1]} %"
