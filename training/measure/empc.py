"""What a ranking of customers is worth in money: the expected maximum profit of contacting the riskiest (EMPC)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from churn.columns import Floats
from churn.errors import BadInput, TrainingDataError
from training.measure.labels import Labels
from training.measure.threshold import Counts, Sweep, sweep


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What contacts cost and bring, with the defaults of the paper; amounts are in one currency.

    ``value`` is what a customer is worth who stays (CLV in the paper), ``offer_cost`` what the offer costs to whoever
    takes it (d), ``contact_cost`` what a contact costs (f). The chance that a contact keeps somebody who would have
    left is uncertain, with the distribution Beta(``alpha``, ``beta``); with a ``beta`` of 0 it is 1 for sure.

    Raises:
        BadInput: a number makes no sense, or the offer costs as much as a customer is worth.
    """

    value: float = 200.0
    offer_cost: float = 10.0
    contact_cost: float = 1.0
    alpha: float = 6.0
    beta: float = 14.0

    def __post_init__(self) -> None:
        for what, amount in (
            ("The cost of an offer", self.offer_cost),
            ("The cost of a contact", self.contact_cost),
            ("The beta of the chance that a contact works", self.beta),
        ):
            if not (isfinite(amount) and amount >= 0):
                raise BadInput(f"{what} is {amount:g}; it has to be 0 or more.")
        if not (isfinite(self.alpha) and self.alpha > 0):
            raise BadInput(f"The alpha of the chance that a contact works is {self.alpha:g}; it has to be above 0.")
        if not (isfinite(self.value) and self.value > self.offer_cost):
            raise BadInput(
                f"The value of a customer is {self.value:g}; it has to be above the cost of an offer, "
                f"{self.offer_cost:g}."
            )

    @property
    def success(self) -> float:
        """The mean chance that a contact keeps somebody who would have left."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def gain(self) -> float:
        """What a customer who is kept brings, the offer paid."""
        return self.value - self.offer_cost

    def costs(self, contacted: Counts, found: Counts) -> Floats:
        """Return what contacts and the offers to those who would have stayed cost: (k,), (k,) -> (k,)."""
        costs: Floats = self.contact_cost * contacted + self.offer_cost * (contacted - found)
        return costs

    def profit(self, contacted: Counts, found: Counts) -> Floats:
        """Return the profit at the mean chance of so many contacts, with so many churners: (k,), (k,) -> (k,)."""
        profit: Floats = self.success * self.gain * found - self.costs(contacted, found)
        return profit


PAPER = Assumptions()
"""The assumptions of Verbraken, Verbeke & Baesens 2013, section 4, for telecommunication companies."""


@dataclass(frozen=True, slots=True)
class ExpectedMaximumProfit:
    """The profit that a ranking allows; amounts are per customer of the whole list, contacted or not.

    ``empc`` is the expected maximum profit and ``fraction`` the expected share of the customers to contact for it.
    ``threshold`` has the highest profit, ``profit``, where the chance that a contact works is its mean; it is None
    where it is best to contact nobody.
    """

    empc: float
    fraction: float
    threshold: float | None
    profit: float


def expected_maximum_profit(
    labels: Labels, probability: Floats, assumptions: Assumptions = PAPER
) -> ExpectedMaximumProfit:
    """Measure (n,) labels and probabilities of leaving by the profit of contacting the riskiest.

    The EMPC of Verbraken, Verbeke & Baesens 2013, "A Novel Profit Maximizing Metric for Measuring Classification
    Performance of Customer Churn Prediction Models", IEEE Transactions on Knowledge and Data Engineering 25(5):
    whatever the chance that a contact works turns out to be, the threshold is the one with the highest profit then,
    and that profit is averaged over the distribution of the chance. Only thresholds on the convex hull of the ROC curve
    are ever best, each in an interval of the chance, so that the mean is a sum of incomplete beta functions.

    Equal probabilities are contacted together. Where nobody is worth contacting, empc and fraction are 0.

    Raises:
        TrainingDataError: the labels are all of one kind.
    """
    if labels.min() == labels.max():
        raise TrainingDataError("The customers are all of one kind; to measure profit some must have left, some not.")
    steps = sweep(labels, probability)
    empc, fraction = _over_chances(steps, assumptions)
    profits = assumptions.profit(steps.contacted, steps.found) / len(labels)
    best = len(profits) - 1 - int(profits[::-1].argmax())  # of equals the one with the fewest contacts
    if profits[best] <= 0:
        return ExpectedMaximumProfit(empc, fraction, None, 0.0)
    return ExpectedMaximumProfit(empc, fraction, float(steps.threshold[best]), float(profits[best]))


def _over_chances(steps: Sweep, assumptions: Assumptions) -> tuple[float, float]:
    """Return the mean highest profit per customer and the mean share contacted for it.

    Contacting as many as corner i of the hull is best where the chance lies between edges i and i + 1.
    """
    contacted, found = _hull(steps)
    edges = np.array([0.0, *_edges(contacted, found, assumptions), 1.0])
    weight = np.diff(_share_below(edges, assumptions.alpha, assumptions.beta))
    chance = assumptions.success * np.diff(_share_below(edges, assumptions.alpha + 1, assumptions.beta))
    profit = assumptions.gain * chance * found - assumptions.costs(contacted, found) * weight
    customers = contacted[-1]
    return float(profit.sum() / customers), float((weight * contacted).sum() / customers)


def _edges(contacted: Counts, found: Counts, assumptions: Assumptions) -> Floats:
    """Return the chance from which each next one of k corners pays more, ascending and at most 1: (k - 1,)."""
    more, churners = np.diff(contacted), np.diff(found)
    edges = np.ones(len(more))  # more contacts without more churners are never better
    np.divide(assumptions.costs(more, churners), assumptions.gain * churners, out=edges, where=churners > 0)
    return np.minimum(edges, 1.0)


def _share_below(chances: Floats, alpha: float, beta: float) -> Floats:
    """Return how much of Beta(alpha, beta) lies below each chance: (k,) -> (k,)."""
    from scipy.special import betainc

    if beta == 0:  # all of it lies at 1
        return np.floor(chances)
    share: Floats = betainc(alpha, beta, chances)
    return share


def _hull(steps: Sweep) -> tuple[Counts, Counts]:
    """Return contacted and churners found at the corners of the ROC curve's convex hull, from nobody to everybody.

    Andrew's monotone chain (Andrew 1979), on whole numbers and so without rounding.
    """
    corners = [(0, 0)]
    for at in zip(steps.contacted[::-1].tolist(), steps.found[::-1].tolist(), strict=True):
        while len(corners) > 1 and not _is_corner(corners[-2], corners[-1], at):
            corners.pop()
        corners.append(at)
    contacted, found = np.array(corners, np.intp).T
    return contacted, found


def _is_corner(before: tuple[int, int], at: tuple[int, int], after: tuple[int, int]) -> bool:
    """Return whether more churners a contact are found on the way to ``at`` than from there on."""
    return (at[1] - before[1]) * (after[0] - at[0]) > (after[1] - at[1]) * (at[0] - before[0])
