"""Whom to contact: from the probability of leaving, a customer's value, a contact's cost and its chance of working."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from churn.columns import Columns, Floats
from churn.errors import BadInput, shown
from churn.kinds import kind_of

WORDS = {
    "value": "What a saved customer is worth",
    "contact_cost": "What a contact costs",
    "contact_success": "The chance that a contact works",
}
FIGURES = tuple(WORDS)
"""The names by which questions, options and settings call the figures of ``Economics``."""
_NAMED_FIELDS = 20
_LARGEST = sys.float_info.max

Positions = npt.NDArray[np.intp]


class Verdict(IntEnum):
    """Why a customer is contacted or not: the codes of ``Decisions.verdict``."""

    CONTACTED = 0
    DOES_NOT_PAY = 1
    OVER_BUDGET = 2
    NO_VALUE = 3

    @property
    def code(self) -> str:
        """How answers and files call it, such as ``does_not_pay``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Economics:
    """What contacting customers costs and brings.

    ``value`` is what a customer who would have left and is kept is worth: one amount for all, or the name of the field
    that holds each customer's. ``contact_cost`` is what a contact costs, in the same currency (0: nothing, as an
    e-mail). ``success`` is the chance that a contact keeps somebody who would have left.

    Raises:
        BadInput: a number makes no sense.
    """

    value: float | str
    contact_cost: float
    success: float

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            _check_value(self.value)
        if not (_is_finite(self.contact_cost) and self.contact_cost >= 0):
            raise BadInput(f"The cost of a contact is {shown(self.contact_cost)}; it has to be an amount of 0 or more.")
        if not (_is_finite(self.success) and 0 < self.success <= 1):
            raise BadInput(
                f"The chance that a contact works is {shown(self.success)}; it has to be above 0 and at most 1."
            )


def _check_value(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(
            f"The value of a saved customer is {shown(value)}; it has to be an amount above 0, "
            "or the name of the field that holds it."
        )
    if not (_is_finite(value) and value > 0):
        raise BadInput(f"The value of a saved customer is {shown(value)}; it has to be an amount above 0.")


def _is_finite(value: object) -> bool:
    """Return whether this is a number that a float can hold; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST


def economics_from(sources: Sequence[Mapping[str, Any]], remedy: Callable[[str], str]) -> Economics:
    """Take each figure (``FIGURES``) from the first source that has it; ``remedy`` says how to give one that none has.

    Raises:
        BadInput: a figure is missing or makes no sense.
    """
    found: dict[str, Any] = {}
    for name in FIGURES:
        found[name] = next((given for source in sources if (given := source.get(name)) is not None), None)
        if found[name] is None:
            raise BadInput(f"{WORDS[name]} is not known: {remedy(name)}.")
    return Economics(found["value"], found["contact_cost"], found["contact_success"])


def figures_of(aim: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the figures by which a bundle's threshold was chosen, by name; none if it was chosen by another aim."""
    if aim.get("kind") != "profit":
        return {}
    return {"value": aim["value"], "contact_cost": aim["contact_cost"], "contact_success": aim["success"]}


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent: a number of ``contacts`` or an ``amount`` of money; with neither there is no bound.

    Raises:
        BadInput: both are given, or one is not above 0.
    """

    contacts: int | None = None
    amount: float | None = None

    def __post_init__(self) -> None:
        if self.contacts is not None and self.amount is not None:
            raise BadInput(
                f"The budget is given twice, as {shown(self.contacts)} contacts and as an amount of "
                f"{shown(self.amount)}; give one of them."
            )
        if self.contacts is not None and not (type(self.contacts) is int and self.contacts > 0):
            raise BadInput(
                f"The budget is {shown(self.contacts)} contacts; it has to be a whole number above 0. "
                "Leave the budget out to contact everybody who pays."
            )
        if self.amount is not None and not (_is_finite(self.amount) and self.amount > 0):
            raise BadInput(
                f"The budget is an amount of {shown(self.amount)}; it has to be above 0. "
                "Leave the budget out to contact everybody who pays."
            )

    def most_contacts(self, contact_cost: float) -> int | None:
        """Return how many contacts the budget allows (None: any number).

        Raises:
            BadInput: the amount does not pay for one contact.
        """
        if self.amount is None or contact_cost == 0:
            return self.contacts
        from fractions import Fraction  # takes longer to import than all else here

        # As decimals, as they were written: in binary, 0.3 / 0.1 falls short of 3.
        most = Fraction(str(self.amount)) // Fraction(str(contact_cost))
        if most == 0:
            raise BadInput(
                f"The budget is an amount of {shown(self.amount)} and a contact costs {shown(contact_cost)}; "
                "the budget has to pay for one contact at least."
            )
        return most


def values_of(economics: Economics, columns: Columns) -> Floats:
    """Return what each of n customers is worth: (n,), NaN where the customer's value is missing.

    Raises:
        BadInput: the field that is to hold the value does not exist or holds no amounts.
    """
    if not isinstance(economics.value, str):
        return np.full(len(columns), float(economics.value))
    field = columns.schema.by_name.get(economics.value)
    if field is None or not kind_of(field).is_amount:
        raise BadInput(_no_amount(economics.value, columns))
    return columns.numbers[:, columns.schema.numbers.index(field)]


def _no_amount(name: str, columns: Columns) -> str:
    """Say that a field cannot hold the value, and which could."""
    field = columns.schema.by_name.get(name)
    wrong = "there is no such field" if field is None else f"that field is {kind_of(field).noun()}"
    names = [f'"{other.name}"' for other in columns.schema.numbers if kind_of(other).is_amount]
    more = f" and {len(names) - _NAMED_FIELDS:,} others" if len(names) > _NAMED_FIELDS else ""
    right = (
        f"it has to be a field of numbers: {', '.join(names[:_NAMED_FIELDS])}{more}"
        if names
        else "the schema has no field of numbers, so give one amount for all customers"
    )
    return f"The value of a customer is to be read from the field {shown(name)}, but {wrong}; {right}."


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Decisions:
    """Whom of n customers to contact, and why.

    ``values`` and ``probability`` are (n,), ``profit`` (n,) is what contacting each is expected to bring (NaN where
    the value is missing), ``order`` (m,) the positions of the contacted, the highest profit first, ``verdict`` (n,) the
    codes of ``Verdict``.
    """

    economics: Economics
    values: Floats
    probability: Floats
    profit: Floats
    order: Positions
    verdict: npt.NDArray[np.int8]

    @property
    def expected_total(self) -> float:
        """What contacting the chosen customers is expected to bring, their contacts paid."""
        return float(self.profit[self.order].sum())

    @property
    def contacts_cost(self) -> float:
        """What contacting the chosen customers costs."""
        return len(self.order) * float(self.economics.contact_cost)

    @property
    def pay(self) -> int:
        """How many customers it would pay to contact, whatever the budget."""
        return int((self.profit > 0).sum())

    def curve(self, most_points: int) -> list[tuple[int, float]]:
        """Return what contacting the first 0, ..., n customers is expected to bring, the most profitable first.

        n are those whose value is known. There are at most ``most_points`` pairs of a number of contacts and their
        profit, evenly spread, the first and the last among them.
        """
        profits = np.sort(self.profit[~np.isnan(self.profit)])[::-1]
        with np.errstate(over="ignore"):
            total = np.concatenate([[0.0], np.cumsum(profits)])
        places = np.unique(np.linspace(0, len(profits), most_points).round().astype(np.int64))
        return list(zip(places.tolist(), total[places].tolist(), strict=True))

    def said(self, position: int) -> str:
        """Say in a sentence why the customer at ``position`` (from 0) is contacted or not."""
        verdict = self.verdict[position]
        if verdict == Verdict.NO_VALUE:
            return (
                f"Not contacted: the value of this customer is missing in the field {shown(self.economics.value)}, "
                "so it is not known whether a contact pays."
            )
        profit, sum_ = _amount(self.profit[position]), self._sum(position)
        if verdict == Verdict.CONTACTED:
            return f"Contacting is expected to bring {profit}: {sum_}."
        if verdict == Verdict.DOES_NOT_PAY:
            return f"Contacting does not pay, as it is expected to bring {profit}: {sum_}."
        lowest = _amount(self.profit[self.order[-1]])
        return (
            f"Contacting would be expected to bring {profit}: {sum_}. But the budget is used up by customers who bring "
            f"as much or more; the lowest expected profit among the contacted is {lowest}."
        )

    def _sum(self, position: int) -> str:
        economics = self.economics
        source = f", {economics.value}" if isinstance(economics.value, str) else ""
        return (
            f"{economics.success:g} (chance that a contact works) x {self.probability[position]:.4g} "
            f"(probability of leaving) x {self.values[position]:.8g} (value{source}) "
            f"- {economics.contact_cost:.8g} (cost of a contact)"
        )


def _amount(amount: float) -> str:
    """Write an amount of money with two decimals, or with more where it is too small for them."""
    return f"{amount:,.2f}" if amount == 0 or abs(amount) >= 0.01 else f"{amount:.2g}"


def decide(economics: Economics, budget: Budget, columns: Columns, probability: Floats) -> Decisions:
    """Decide whom of n customers to contact: probability (n,) of leaving.

    A contact is expected to bring success x probability x value - contact_cost. Contacted are those whose expected
    profit is above 0, the highest first, equal ones in the order of the list, as many as the budget allows. The
    contacts cost all the same, so no other choice within the budget is expected to bring more.

    Raises:
        BadInput: the value's field cannot be used, the budget does not pay for one contact, or a total is too large.
    """
    return decide_values(economics, budget, values_of(economics, columns), probability)


def decide_values(economics: Economics, budget: Budget, values: Floats, probability: Floats) -> Decisions:
    """Do the same for n customers of whom it is known what each is worth, ``values`` (n,), NaN where it is not.

    Raises:
        BadInput: the budget does not pay for one contact, or a total is too large for a float.
    """
    most = budget.most_contacts(economics.contact_cost)
    profit = economics.success * probability * values - float(economics.contact_cost)
    pays = np.flatnonzero(profit > 0)  # False for NaN
    ranked = pays[np.argsort(-profit[pays], kind="stable")]
    verdict = np.where(np.isnan(values), Verdict.NO_VALUE, Verdict.DOES_NOT_PAY).astype(np.int8)
    verdict[ranked[:most]] = Verdict.CONTACTED
    if most is not None:
        verdict[ranked[most:]] = Verdict.OVER_BUDGET
    return _addable(Decisions(economics, values, probability, profit, ranked[:most], verdict))


def _addable(decisions: Decisions) -> Decisions:
    """Return decisions whose totals a float can hold."""
    with np.errstate(over="ignore"):
        totals = (decisions.contacts_cost, decisions.expected_total)
    if not np.isfinite(totals).all():
        raise BadInput(
            "What the contacts cost and bring in total is more than a number of 64 bits can hold; "
            "give the amounts in a larger unit of money."
        )
    return decisions
