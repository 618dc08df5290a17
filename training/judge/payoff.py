"""What contacting would pay: the expected maximum profit of the answers, and the profit by the share contacted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from churn.columns import Floats
from training.judge.tradeoff import Labelled, profit_of
from training.measure.empc import PAPER, Assumptions, ExpectedMaximumProfit, expected_maximum_profit
from training.measure.labels import Labels
from training.measure.threshold import Aim, sweep

_CONCENTRATION = PAPER.alpha + PAPER.beta
"""How surely the chance that a contact works is known: alpha + beta of its distribution, as in the paper."""


@dataclass(frozen=True, slots=True)
class Contacting:
    """What contacting from ``threshold`` (None: nobody) does: the ``share`` contacted, the profit per 1,000 customers.

    The profit is by who left, at the mean chance that a contact works.
    """

    threshold: float | None
    share: float
    profit_per_1000: float


@dataclass(frozen=True)
class Payoff:
    """What contacting the riskiest of n labelled customers would pay, under ``assumptions``.

    ``chosen`` contacts from the bundle's own threshold, ``best`` from the one with the highest profit on these
    customers. ``shares`` and ``profits``, (k,) each, are the curve from nobody to everybody: the share contacted and
    the profit per customer of the list.
    """

    assumptions: Assumptions
    measured: ExpectedMaximumProfit
    chosen: Contacting
    best: Contacting
    shares: Floats
    profits: Floats

    @property
    def from_paper(self) -> bool:
        """Whether the amounts are the paper's, as the user gave none."""
        return self.assumptions is PAPER

    @property
    def in_words(self) -> str:
        """The assumptions in sentences."""
        assumed = self.assumptions
        source = (
            "No amounts were given with the training, so these are the usual ones for a telephone company (Verbraken, "
            "Verbeke & Baesens 2013)"
            if self.from_paper
            else "By the amounts given with the training"
        )
        offer = f", an offer costs {assumed.offer_cost:g} for whoever takes it" if assumed.offer_cost else ""
        return (
            f"{source}: a customer who stays is worth {assumed.value:g}, a contact costs {assumed.contact_cost:g}"
            f"{offer}, and a contact keeps {100 * assumed.success:.4g}% of those who would have left. "
            f"{self._uncertainty}"
        )

    @property
    def _uncertainty(self) -> str:
        alpha, beta = self.assumptions.alpha, self.assumptions.beta
        if beta == 0:
            return "That every contact works is taken as certain."
        return f"That share is itself uncertain: it is drawn from the distribution Beta({alpha:.4g}, {beta:.4g})."


def payoff(aim: Aim, threshold: float, test: Labelled) -> Payoff:
    """Return what contacting the customers of the test part would pay, with the bundle's ``threshold``."""
    assumptions = assumptions_of(aim)
    measured = expected_maximum_profit(*test, assumptions)
    shares, profits = _curve(test, assumptions)
    return Payoff(
        assumptions=assumptions,
        measured=measured,
        chosen=_contacting(threshold, test, assumptions),
        best=_contacting(measured.threshold, test, assumptions),
        shares=shares,
        profits=profits,
    )


def assumptions_of(aim: Aim) -> Assumptions:
    """Return what contacts cost and bring: what the user said, or else the paper's assumptions."""
    profit = profit_of(aim)
    if profit is None:
        return PAPER
    return Assumptions(
        value=profit.value,
        offer_cost=0.0,
        contact_cost=profit.contact_cost,
        alpha=_CONCENTRATION * profit.success,
        beta=_CONCENTRATION * (1 - profit.success),
    )


def empc_to_json(aim: Aim, labels: Labels, probability: Floats) -> dict[str, Any]:
    """Return the expected maximum profit of (m,) answers as plain data, with what it assumes."""
    assumptions = assumptions_of(aim)
    measured = expected_maximum_profit(labels, probability, assumptions)
    return {
        "value": measured.empc,
        "fraction": measured.fraction,
        "threshold": measured.threshold,
        "assumptions": asdict(assumptions),
    }


def _contacting(threshold: float | None, test: Labelled, assumptions: Assumptions) -> Contacting:
    labels, probability = test
    flagged = np.zeros(len(labels), np.bool_) if threshold is None else probability >= threshold
    profit = assumptions.profit(flagged.sum(keepdims=True), labels[flagged].sum(keepdims=True, dtype=np.intp))
    return Contacting(threshold, float(flagged.mean()), 1_000 * float(profit[0]) / len(labels))


def _curve(test: Labelled, assumptions: Assumptions) -> tuple[Floats, Floats]:
    """Return the share contacted and the profit per customer, from nobody to everybody, riskiest first."""
    steps = sweep(*test)
    contacted = np.concatenate([[0], steps.contacted[::-1]])
    found = np.concatenate([[0], steps.found[::-1]])
    customers = len(test[0])
    return contacted / customers, assumptions.profit(contacted, found) / customers
