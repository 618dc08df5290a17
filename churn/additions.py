"""What ``churn-score`` adds to each row when it is asked to: reasons, and whether to contact the customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from churn.answers import Answers
from churn.batch import Batch
from churn.columns import Floats
from churn.decide import Budget, Decisions, Economics, Verdict, decide_values, values_of
from churn.errors import BadInput
from churn.reasons import Reasoner
from churn.scoring import Scorer

Column = Sequence[Any]

_CHANGED = "The table has changed while it was read; nothing was written. Score it again."
_ROUNDING = 1e-6
"""By so much two answers of one engine to the same customer may differ."""


class Addition(Protocol):
    """Further columns: their names and types, and their values for the g scored rows of each batch, in order."""

    @property
    def types(self) -> Mapping[str, type]:
        """The names and types of the columns."""
        ...

    @property
    def summary(self) -> str:
        """What there is to say at the end; "" for nothing."""
        ...

    def columns(self, answers: Answers) -> Mapping[str, Column]:
        """Return the columns of the next batch."""
        ...

    def finish(self) -> None:
        """Hear that there are no more rows.

        Raises:
            BadInput: there should have been.
        """
        ...


class ReasonColumns:
    """For each of the largest reasons its field, its contribution to the log-odds, and its sentence."""

    summary = ""

    def __init__(self, reasoner: Reasoner, count: int, between: Callable[[], None] = lambda: None) -> None:
        """Take how many; ``between`` is called between the steps, and may raise to stop."""
        self._reasoner = reasoner
        self._count = count
        self._between = between
        self.types: Mapping[str, type] = {
            f"reason_{rank}{part}": kind
            for rank in range(1, count + 1)
            for part, kind in (("", str), ("_field", str), ("_contribution", float))
        }

    def columns(self, answers: Answers) -> Mapping[str, Column]:
        """Return the columns of the next batch."""
        probability = answers.scores.probability
        told = self._reasoner.reasons(answers.batch.columns, probability, self._count, self._between).told
        found: dict[str, Column] = {}
        for place in range(self._count):
            ranked = [reasons[place] for reasons in told]
            found[f"reason_{place + 1}"] = [reason.sentence for reason in ranked]
            found[f"reason_{place + 1}_field"] = [reason.field for reason in ranked]
            found[f"reason_{place + 1}_contribution"] = [reason.contribution for reason in ranked]
        return found

    def finish(self) -> None:
        """Do nothing: a row's reasons do not depend on others."""


class DecisionColumns:
    """Whether to contact each customer, at which rank of the whole file, why, and what it is expected to bring.

    All rows have to be known before the first is decided on: ``look`` at each batch, ``decide``, and then read the file
    again.
    """

    types: Mapping[str, type] = {
        "contact": bool,
        "rank": int,
        "value": float,
        "expected_profit": float,
        "decision": str,
        "decision_sentence": str,
    }

    def __init__(self, scorer: Scorer, economics: Economics, budget: Budget) -> None:
        """Take what contacts cost and bring, and how much may be spent.

        Raises:
            BadInput: the value's field cannot be used, or the budget does not pay for one contact.
        """
        values_of(economics, scorer.read([]))
        budget.most_contacts(economics.contact_cost)
        self._scorer = scorer
        self._economics = economics
        self._budget = budget
        self._seen: list[tuple[Floats, Floats]] = []
        self._decisions: Decisions | None = None
        self._next = 0

    def look(self, batch: Batch) -> None:
        """Take note of a batch."""
        values = values_of(self._economics, batch.columns)
        self._seen.append((values, self._scorer.probability(batch.columns)))

    def decide(self) -> None:
        """Decide on all that was looked at."""
        nobody = (np.empty(0), np.empty(0))
        values, probability = (np.concatenate(part) for part in zip(nobody, *self._seen, strict=True))
        self._seen.clear()
        self._decisions = decide_values(self._economics, self._budget, values, probability)
        self._rank = np.zeros(len(values), np.int64)
        self._rank[self._decisions.order] = np.arange(1, len(self._decisions.order) + 1)

    def columns(self, answers: Answers) -> Mapping[str, Column]:
        """Return the columns of the next batch.

        Raises:
            BadInput: the file holds others than before, or more.
        """
        decisions = self._decisions
        rows = range(self._next, self._next + len(answers.batch.columns))
        self._next = rows.stop
        some = slice(rows.start, rows.stop)
        if decisions is None or not self._are_as_before(answers, decisions, some):
            raise BadInput(_CHANGED)
        return {
            "contact": (decisions.verdict[some] == Verdict.CONTACTED).tolist(),
            "rank": [rank or None for rank in self._rank[some].tolist()],
            "value": _known(decisions.values[some]),
            "expected_profit": _known(decisions.profit[some]),
            "decision": [Verdict(code).code for code in decisions.verdict[some]],
            "decision_sentence": [decisions.said(row) for row in rows],
        }

    def _are_as_before(self, answers: Answers, decisions: Decisions, rows: slice) -> bool:
        """Say whether a batch has the same values, and but for rounding the same answers, as when it was looked at."""
        values, probability = values_of(self._economics, answers.batch.columns), answers.scores.probability
        if len(values) != len(decisions.values[rows]):
            return False
        same_values = np.array_equal(values, decisions.values[rows], equal_nan=True)
        return same_values and bool((np.abs(probability - decisions.probability[rows]) <= _ROUNDING).all())

    def finish(self) -> None:
        """Hear that there are no more rows.

        Raises:
            BadInput: the file held more before.
        """
        if self._decisions is not None and self._next < len(self._decisions.profit):
            raise BadInput(_CHANGED)

    @property
    def summary(self) -> str:
        """Whom to contact, what it costs and what it is expected to bring."""
        decisions = self._decisions
        if decisions is None:
            return ""
        return (
            f"{len(decisions.order):,} of {len(decisions.profit):,} customers are to be contacted; that costs "
            f"{decisions.contacts_cost:,.2f} and is expected to bring {decisions.expected_total:,.2f} beyond it."
        )


def _known(amounts: Floats) -> list[float | None]:
    return [None if np.isnan(amount) else amount for amount in amounts.tolist()]
