"""What is answered to a batch, before it is written in any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from churn.batch import Batch
from churn.columns import Floats, Mask
from churn.digits import shortest
from churn.notices import RecordWarning

RISKS = ("low", "medium", "high")


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Scores:
    """What the model says of g customers.

    ``probability``: (g,) float64. ``churn``: (g,) bool. ``risk``: (g,), the position in ``RISKS``.
    """

    probability: Floats
    churn: Mask
    risk: npt.NDArray[np.intp]


Direction = Literal["raises", "lowers", "none"]


@dataclass(slots=True)  # made in masses: freezing costs more than the rest
class Reason:
    """What one field contributes to one customer's log-odds; ``value`` as JSON has it, None where there is none."""

    field: str
    value: Any
    contribution: float
    direction: Direction
    sentence: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the model says what it says of g customers.

    ``told`` (g,): the largest contributions of each, the largest first. All contributions of a customer add up to
    ``sums`` (g,), which is ``log_odds`` (g,) less ``base``.
    """

    told: Sequence[Sequence[Reason]]
    sums: Floats
    log_odds: Floats
    base: float


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Answers:
    """The answers to the n records of ``batch``, which also knows their identifiers and what is wrong with the others.

    ``scores`` (g,) are of the records that can be scored, in order; ``warnings`` what is worth saying about some of
    them, by position among the g.
    """

    batch: Batch
    scores: Scores
    warnings: Mapping[int, Sequence[RecordWarning]]
    reasons: Reasons | None = None
    """Why; None where nobody asked."""
    fingerprints: Sequence[str] = ()
    """A digest of each scored record; empty where nobody keeps them."""
    written: Sequence[str] | None = field(default=None, init=False, repr=False, compare=False)
    """What a format has written of each score, kept for the requests that share these answers."""

    written_columns: Mapping[str, Sequence[str]] | None = field(default=None, init=False, repr=False, compare=False)
    """The same by column."""

    _short: list[float] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def short(self) -> list[float]:
        """The probability of each scored record, (g,), in no more digits than 32 bits hold; found once for all."""
        if self._short is None:
            self._short = shortest(self.scores.probability)
        return self._short

    def __len__(self) -> int:
        """Return n, scored or refused."""
        return len(self.batch)
