"""A batch: customers as they came through any door, read by the schema, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churn.columns import Columns, Mask
from churn.errors import Problem

NOTHING = object()
"""Stands for the identifier of a record that gives none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a record is not scored: how many problems it has, and those of them that are told."""

    count: int
    told: Sequence[Problem]


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Batch:
    """n records, of which g can be scored.

    ``columns`` (g,) holds those, in order; ``refused`` says by position, in order, what is wrong with each of the
    others. ``identifiers`` (n,) has one entry for every record, as it was given (``NOTHING`` where a record gives
    none); it is None where no record can have one, as in a table without such a column.
    """

    columns: Columns
    identifiers: Sequence[Any] | None
    refused: Mapping[int, Refused]

    def __len__(self) -> int:
        """Return n, scored or refused."""
        return len(self.columns) + len(self.refused)

    @property
    def given(self) -> Sequence[Any]:
        """The identifier of every record, ``NOTHING`` for each where none can have one, (n,)."""
        return [NOTHING] * len(self) if self.identifiers is None else self.identifiers

    @property
    def good(self) -> Mask:
        """Which records can be scored, (n,)."""
        good: Mask = np.ones(len(self), dtype=np.bool_)
        good[list(self.refused)] = False
        return good

    @property
    def problems(self) -> list[Problem]:
        """What is told of the records that are not scored, in order."""
        return [problem for refused in self.refused.values() for problem in refused.told]
