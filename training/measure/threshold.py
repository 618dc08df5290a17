"""From a probability to a flag and a band, each by a stated rule.

A user states an aim (``Recall``, ``Precision``, ``FBeta``, ``Profit``, or ``ByHand``); each aim says its rule in
words and finds its threshold from the answers for held-out rows. Customers at or above the threshold are flagged.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from churn.bundle import Bands
from churn.columns import Floats
from churn.decide import Economics
from churn.errors import BadInput
from training.measure.labels import Labels

Counts = npt.NDArray[np.intp]

LIKELIER_THAN_NOT = 0.5
FEWEST_FLAGGED = 25
"""A precision counted on fewer customers than this can be off by more than 0.1 (one standard error at one half)."""
LARGEST_BETA = 100.0
BANDS_RULE = (
    "low: below the threshold; medium: from the threshold; high: more likely to leave than to stay "
    "(0.5, or half-way from the threshold to 1 where the threshold is not below 0.5)"
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Every threshold that tells n customers apart differently, ascending, and what it does: each (d,)."""

    threshold: Floats
    contacted: Counts
    found: Counts

    @property
    def precision(self) -> Floats:
        """How many of the contacted leave: (d,)."""
        return self.found / self.contacted


def sweep(labels: Labels, probability: Floats) -> Sweep:
    """Count for each of the d different probabilities what flagging from it does: (n,), (n,) -> d thresholds.

    Equal probabilities are flagged together. A threshold lies half-way to the next lower probability (the lowest
    half-way to 0), so that a rounding error in one engine flips nobody.
    """
    values, place = np.unique(np.asarray(probability, np.float64), return_inverse=True)
    below = np.concatenate([[0.0], values[:-1]])
    middle = (values + below) / 2
    contacted, found = (np.bincount(place, weights=weights) for weights in (None, labels))
    return Sweep(
        threshold=np.where(middle > below, middle, values),  # between neighbouring floats there is no middle
        contacted=contacted[::-1].cumsum()[::-1].astype(np.intp),
        found=found[::-1].cumsum()[::-1].astype(np.intp),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A threshold, and the sentence that says where it falls short of the aim (None: it does not)."""

    threshold: float
    warning: str | None = None


class Aim(Protocol):
    """What a user wants of the threshold."""

    @property
    def name(self) -> str:
        """The aim in a few words, for a table."""

    @property
    def rule(self) -> str:
        """How the threshold was chosen, with its numbers, to stand behind "flagged from 0.31: "."""

    def choose(self, labels: Labels, probability: Floats) -> Choice:
        """Choose from the answers for customers that trained nothing: labels (n,) of both kinds, probability (n,)."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Find at least this share of the churners, with as few contacts as that takes.

    Raises:
        BadInput: it is no share above 0.
    """

    recall: float

    def __post_init__(self) -> None:
        if not 0 < self.recall <= 1:
            raise BadInput(
                f"A recall of {self.recall:g} is no share of the churners; it has to be above 0 and at most 1."
            )

    @property
    def name(self) -> str:
        """The aim in a few words."""
        return f"Recall of at least {_percent(self.recall)}"

    @property
    def rule(self) -> str:
        """How the threshold was chosen."""
        return (
            f"the highest threshold whose recall on held-out customers is at least {_percent(self.recall)}, and 0.5 "
            "at the most, so that whoever is likelier to leave than to stay is flagged"
        )

    def choose(self, labels: Labels, probability: Floats) -> Choice:
        """Choose by ``rule``: labels (n,), probability (n,)."""
        steps = sweep(labels, probability)
        wanted = max(ceil(self.recall * labels.sum() - 1e-9), 1)
        highest = float(steps.threshold[steps.found >= wanted].max())
        return Choice(min(highest, LIKELIER_THAN_NOT))


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the contacted at least this share leave; find as many churners as that allows.

    Raises:
        BadInput: it is no share between 0 and 1.
    """

    precision: float

    def __post_init__(self) -> None:
        if not 0 < self.precision < 1:
            raise BadInput(
                f"A precision of {self.precision:g} is no share of the contacted; it has to be above 0 and below 1."
            )

    @property
    def name(self) -> str:
        """The aim in a few words."""
        return f"Precision of at least {_percent(self.precision)}"

    @property
    def rule(self) -> str:
        """How the threshold was chosen."""
        return (
            f"the lowest threshold at which at least {_percent(self.precision)} of the flagged held-out "
            f"customers left (of those thresholds that flag at least {FEWEST_FLAGGED} of them)"
        )

    def choose(self, labels: Labels, probability: Floats) -> Choice:
        """Choose by ``rule``: labels (n,), probability (n,).

        Thresholds that flag fewer than ``FEWEST_FLAGGED`` are left out: three churners at the very top are no
        sign of a precision of 100 %. What noise is left does not favour either side: over many sets of
        1,000 customers the precision on others is the target on average, within about 0.03 in a single one.

        Where no threshold reaches the target, the one that comes nearest is taken, with a warning: the network is
        trained and good for ranking, and after minutes of training what can be had is better than nothing.
        """
        steps = sweep(labels, probability)
        enough = steps.contacted >= min(FEWEST_FLAGGED, len(labels))
        threshold, precision = steps.threshold[enough], steps.precision[enough]
        reached = precision >= self.precision - 1e-9
        if reached.any():
            return Choice(float(threshold[reached].min()))
        best = int(precision.argmax())
        return Choice(
            float(threshold[best]),
            f"No threshold that flags at least {FEWEST_FLAGGED} held-out customers reaches a precision "
            f"of {_percent(self.precision)}; this one has the highest, {_percent(float(precision[best]))}.",
        )


@dataclass(frozen=True, slots=True)
class FBeta:
    """Balance recall and precision, where recall counts ``beta`` times as much (van Rijsbergen 1979, chapter 7).

    Raises:
        BadInput: ``beta`` is not above 0, or beyond ``LARGEST_BETA`` (recall alone would count).
    """

    beta: float

    def __post_init__(self) -> None:
        if not 0 < self.beta <= LARGEST_BETA:
            raise BadInput(
                f"A beta of {self.beta:g} cannot be used; it has to be above 0 and at most {LARGEST_BETA:g} "
                "(1: recall and precision count the same; 2: recall counts twice as much)."
            )

    @property
    def name(self) -> str:
        """The aim in a few words."""
        return f"Best F{self.beta:g}"

    @property
    def rule(self) -> str:
        """How the threshold was chosen."""
        return (
            f"the threshold with the highest F{self.beta:g} score on held-out customers (recall counts "
            f"{self.beta:g} times as much as precision)"
        )

    def choose(self, labels: Labels, probability: Floats) -> Choice:
        """Choose by ``rule``, the lowest of equals: labels (n,), probability (n,)."""
        steps = sweep(labels, probability)
        weight = self.beta**2
        score = (1 + weight) * steps.found / (steps.contacted + weight * labels.sum())
        return Choice(float(steps.threshold[score.argmax()]))


@dataclass(frozen=True, slots=True)
class Profit:
    """Contact whom it pays to contact.

    ``value`` is what a saved customer is worth and ``contact_cost`` what a contact costs, in one currency;
    ``success`` is the chance that a contact keeps somebody who would have left. Who would have stayed costs the
    contact and brings nothing.

    Raises:
        BadInput: a number makes no sense, or nobody would be worth contacting.
    """

    value: float
    contact_cost: float
    success: float

    def __post_init__(self) -> None:
        Economics(self.value, self.contact_cost, self.success)
        if self.contact_cost == 0:
            raise BadInput("The cost of a contact is 0; it has to be an amount above 0.")
        if self.contact_cost >= self.success * self.value:
            raise BadInput(
                f"A contact costs {self.contact_cost:g} and brings at most {self.success:g} x {self.value:g} = "
                f"{self.success * self.value:g}, even for a customer who is sure to leave: nobody is worth contacting. "
                "The cost has to be below the chance times the value."
            )

    @property
    def name(self) -> str:
        """The aim in a few words."""
        return "Highest profit"

    @property
    def rule(self) -> str:
        """How the threshold was chosen."""
        return (
            f"the probability from which a contact pays, {self.contact_cost:g} / ({self.success:g} x {self.value:g}): "
            f"a saved customer is worth {self.value:g}, a contact costs {self.contact_cost:g} and keeps "
            f"{_percent(self.success)} of those who would have left"
        )

    def choose(self, labels: Labels, probability: Floats) -> Choice:  # noqa: ARG002  an aim like the others
        """Return the probability p at which success * p * value = contact_cost: labels (n,), probability (n,).

        The probabilities are calibrated, so whom a contact pays for needs no search of held-out customers, whose
        highest profit would be partly luck (Elkan 2001, The Foundations of Cost-Sensitive Learning, section 2).
        """
        return _given(self.contact_cost / (self.success * self.value), probability)

    def expected(self, probability: Floats, threshold: float) -> float:
        """Return what contacting the flagged is expected to bring, by their probabilities: (n,) -> amount."""
        flagged = probability[probability >= threshold]
        return float((self.success * self.value * flagged - self.contact_cost).sum())

    def realised(self, contacted: int, found: int) -> float:
        """Return what contacting so many would have brought, with so many churners among them."""
        return self.success * self.value * found - self.contact_cost * contacted


@dataclass(frozen=True, slots=True)
class ByHand:
    """Flag from this probability.

    Raises:
        BadInput: it does not lie between 0 and 1.
    """

    probability: float

    def __post_init__(self) -> None:
        if not 0 < self.probability < 1:
            raise BadInput(f"A threshold of {self.probability:g} cannot be used; it has to be above 0 and below 1.")

    @property
    def name(self) -> str:
        """The aim in a few words."""
        return "Set by hand"

    @property
    def rule(self) -> str:
        """How the threshold was chosen."""
        return "set by hand"

    def choose(self, labels: Labels, probability: Floats) -> Choice:  # noqa: ARG002  an aim like the others
        """Return what was set: labels (n,), probability (n,)."""
        return _given(self.probability, probability)


KINDS: dict[type[Aim], str] = {
    Recall: "recall",
    Precision: "precision",
    FBeta: "f-beta",
    Profit: "profit",
    ByHand: "by-hand",
}


def aim_as_data(aim: Aim) -> dict[str, Any]:
    """Return the kind of an aim and its figures, as plain data for the manifest."""
    figures: Any = aim  # a dataclass, which no protocol can say
    return {"kind": KINDS[type(aim)], **asdict(figures)}


def bands_for(threshold: float) -> Bands:
    """Return the bands that belong to a threshold, by ``BANDS_RULE``."""
    return Bands(medium=threshold, high=LIKELIER_THAN_NOT if threshold < LIKELIER_THAN_NOT else (1 + threshold) / 2)


def _given(threshold: float, probability: Floats) -> Choice:
    """Return a threshold that held-out customers did not choose: say so when it would leave nobody to contact."""
    highest = float(probability.max())
    if highest >= threshold:
        return Choice(threshold)
    return Choice(
        threshold,
        f"No held-out customer reaches this threshold (the highest probability there is {highest:.4f}): "
        "hardly anybody would be contacted.",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"
