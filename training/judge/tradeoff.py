"""What a threshold means on labelled customers: who is contacted, who is found, who is missed, what it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from churn.columns import Floats
from training.measure.labels import Labels
from training.measure.threshold import Aim, FBeta, Precision, Profit, Recall

SHOWN_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SHOWN_AIMS: tuple[Aim, ...] = (Recall(0.8), Recall(0.9), Precision(0.5), FBeta(1.0), FBeta(2.0))

_CURVE_POINTS = 400

Labelled = tuple[Labels, Floats]
"""Labels (n,) of customers and the probabilities, (n,), that a model gave them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What flagging from ``threshold`` does to ``customers``, of whom ``churners`` leave.

    ``expected`` is the profit by the probabilities, ``realised`` the profit by who left (None: no values given).
    """

    threshold: float
    customers: int
    churners: int
    contacted: int
    found: int
    expected: float | None = None
    realised: float | None = None
    name: str = ""
    warning: str | None = None
    chosen: bool = False

    @property
    def share(self) -> float:
        """Share of the customers who are contacted."""
        return self.contacted / self.customers

    @property
    def recall(self) -> float:
        """Share of the churners who are found."""
        return self.found / self.churners

    @property
    def missed(self) -> int:
        """Churners who are not contacted."""
        return self.churners - self.found

    @property
    def precision(self) -> float | None:
        """Share of the contacted who leave (None: nobody is contacted)."""
        return self.found / self.contacted if self.contacted else None


def outcome(answers: Labelled, threshold: float, profit: Profit | None = None) -> Outcome:
    """Count what flagging from ``threshold`` does: labels (n,) with churners among them, probability (n,)."""
    labels, probability = answers
    flagged = probability >= threshold
    contacted, found = int(flagged.sum()), int(labels[flagged].sum())
    return Outcome(
        threshold=threshold,
        customers=len(labels),
        churners=int(labels.sum()),
        contacted=contacted,
        found=found,
        expected=profit.expected(probability, threshold) if profit else None,
        realised=profit.realised(contacted, found) if profit else None,
    )


def ladder(aim: Aim, chosen: float, test: Labelled) -> list[Outcome]:
    """Return what each of a ladder of thresholds, and the chosen one, does on the test part."""
    return [
        replace(outcome(test, threshold, profit_of(aim)), chosen=threshold == chosen)
        for threshold in sorted({*SHOWN_THRESHOLDS, chosen})
    ]


def curve(aim: Aim, chosen: float, test: Labelled) -> list[Outcome]:
    """Return what thresholds do on the test part, evenly from 0 to the highest that is of interest."""
    highest = max(chosen, float(test[1].max()))
    return [outcome(test, float(threshold), profit_of(aim)) for threshold in np.linspace(0, highest, _CURVE_POINTS)]


def choices(aim: Aim, chosen: float, held_out: Labelled, test: Labelled) -> Sequence[Outcome]:
    """Return what each aim would mean: chosen on held-out customers, counted on the test part.

    The first is the aim of this training, whose threshold is ``chosen``; the last contacts everybody.
    """
    profit = profit_of(aim)
    found = {other: other.choose(*held_out) for other in (aim, *SHOWN_AIMS)}
    found[aim] = replace(found[aim], threshold=chosen)
    rows = [
        replace(outcome(test, choice.threshold, profit), name=other.name, warning=choice.warning, chosen=other == aim)
        for other, choice in found.items()
    ]
    return [*rows, replace(outcome(test, 0.0, profit), name="Everybody contacted")]


def profit_of(aim: Aim) -> Profit | None:
    """Return what customers and contacts are worth, where the user said it."""
    return aim if isinstance(aim, Profit) else None
