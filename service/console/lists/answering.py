"""What is answered to a question about a list: the same as the API would say, by the same code."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from churn.additions import Addition, DecisionColumns, ReasonColumns
from churn.answers import RISKS
from churn.batch import Batch
from churn.bundle import Bundle
from churn.counts import Counts
from churn.decide import Budget, Decisions, Economics, Positions, Verdict, decide, economics_from, figures_of
from churn.digits import shortest
from churn.kinds import kind_of
from churn.reasons import NO_REASONS, Reasoner
from churn.score_file import Target, look_ahead, score_file
from churn.scoring import Scorer
from churn.tables import BatchReader, read_batches
from service.console.lists.scored import ScoredList
from service.formats.json_body.decisions import assumptions
from service.formats.json_body.plain import amount
from service.problems import Refusal
from service.record.questions import at_most_fields

USUAL_ROWS = 50
_BINS = 20
_CURVE_POINTS = 200

Between = Callable[[], None]
"""What is called between the steps of long work; it raises when nobody wants the answer any more."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers questions about the customers of ``file``, who were scored by ``scorer``."""

    file: Path
    bundle: Bundle
    scorer: Scorer
    reasoner: Reasoner | None
    usual: Mapping[str, Any]
    customers: ScoredList

    def facts(self) -> dict[str, Any]:
        """Return what the page has to know before it asks: figures, what may be a value, how the risk spreads."""
        probability = self.customers.scores.probability
        figures = {**figures_of(self.bundle.manifest.aim), **{k: v for k, v in self.usual.items() if v is not None}}
        return {
            "usual": figures,
            "amounts": [field.name for field in self.scorer.schema.numbers if kind_of(field).is_amount],
            "histogram": np.histogram(probability, _BINS, (0, 1))[0].tolist(),
            "flagged": int(self.customers.scores.churn.sum()),
        }

    def decide(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Say what contacting the best of these customers costs and is expected to bring.

        Raises:
            BadInput: an amount makes no sense.
        """
        decisions, budget = self._decisions(question)
        return {
            "assumptions": assumptions(decisions.economics, budget),
            "contacts": len(decisions.order),
            "cost": amount(decisions.contacts_cost),
            "expected_profit": amount(decisions.expected_total),
            "pay": decisions.pay,
            "curve": [[contacts, amount(profit)] for contacts, profit in _finite(decisions.curve(_CURVE_POINTS))],
        }

    def rows(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return some customers, in an order, with as many reasons as are asked for.

        Raises:
            BadInput: the question contradicts itself, or asks for more reasons than there are fields.
            Refusal: reasons are asked for, and there are none.
        """
        economics = question.get("economics")
        decisions = None if economics is None else self._decisions(economics)[0]
        order = self.customers.order(
            decisions, question.get("sort", "row"), descending=question.get("descending", False)
        )
        matching = self.customers.matching(
            decisions, question.get("risk"), question.get("search"), question.get("only", "all")
        )
        found = order[matching[order]]
        first = question.get("from", 0)
        shown = found[first : first + question.get("count", USUAL_ROWS)]
        return {"total": len(found), "rows": self._entries(shown, decisions, question.get("explain", 0))}

    def refused(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return some of the rows that could not be read."""
        first = question.get("from", 0)
        told = self.customers.refused
        return {"told": len(told), "rows": list(told[first : first + question.get("count", USUAL_ROWS)])}

    def download(self, question: Mapping[str, Any], between: Between) -> dict[str, Any]:
        """Write the answers to all rows, as churn-score does, and return the name of the file.

        Raises:
            BadInput: an amount makes no sense.
            Refusal: reasons are asked for, and there are none.
        """
        out = self.file.with_name(f"{secrets.token_hex(8)}.{question.get('format', 'csv')}")
        additions: list[Addition] = []
        if (economics := question.get("economics")) is not None:
            additions.append(DecisionColumns(self.scorer, self._economics(economics), _budget(economics)))
        if count := self._checked(question.get("explain", 0)):
            additions.append(ReasonColumns(self._reasons(), count, between))
        look_ahead(self._read, additions, lambda _, __: between())
        target = Target(out, for_spreadsheets=True)
        score_file(self._read(), self.scorer, target, additions, _Stoppable(between))
        return {"file": out.name}

    def _read(self) -> BatchReader:
        return read_batches(self.file, self.scorer.schema)

    def _decisions(self, question: Mapping[str, Any]) -> tuple[Decisions, Budget]:
        economics, budget = self._economics(question), _budget(question)
        customers = self.customers
        return decide(economics, budget, customers.columns, customers.scores.probability), budget

    def _economics(self, question: Mapping[str, Any]) -> Economics:
        return economics_from((question, self.usual, figures_of(self.bundle.manifest.aim)), _remedy)

    def _entries(self, shown: Positions, decisions: Decisions | None, count: int) -> list[dict[str, Any]]:
        customers, scores = self.customers, self.customers.scores
        probability = scores.probability[shown]
        entries: list[dict[str, Any]] = [
            {
                "row": int(customers.rows[at]),
                **({} if customers.identifiers is None else {"customer_id": customers.identifiers[at]}),
                "churn_probability": share,
                "churn": bool(scores.churn[at]),
                "risk": RISKS[scores.risk[at]],
                **({} if decisions is None else _decided(decisions, at)),
            }
            for at, share in zip(shown.tolist(), shortest(probability), strict=True)
        ]
        columns = customers.columns.take(shown)
        for place, warnings in self.scorer.warnings(columns).items():
            entries[place]["warnings"] = [warning._asdict() for warning in warnings]
        if entries and self._checked(count):
            for entry, told in zip(entries, self._reasons().reasons(columns, probability, count).told, strict=True):
                entry["reasons"] = [asdict(reason) for reason in told]
        return entries

    def _checked(self, count: int) -> int:
        return at_most_fields(count, self.scorer.schema)

    def _reasons(self) -> Reasoner:
        if self.reasoner is None:
            raise Refusal("no-reasons", NO_REASONS)
        return self.reasoner


class _Stoppable(Counts):
    """Counts rows, as long as somebody wants them."""

    def __init__(self, between: Between) -> None:
        super().__init__()
        self._between = between

    def add(self, batch: Batch, share: float) -> None:
        super().add(batch, share)
        self._between()


def _finite(curve: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Leave out totals that no number can hold, for JSON has none; beyond a budget nobody asked for them."""
    return ((contacts, profit) for contacts, profit in curve if math.isfinite(profit))


def _budget(question: Mapping[str, Any]) -> Budget:
    return Budget(**question.get("budget", {}))


def _decided(decisions: Decisions, at: int) -> dict[str, Any]:
    return {
        "value": amount(decisions.values[at]),
        "expected_profit": amount(decisions.profit[at]),
        "decision": Verdict(decisions.verdict[at]).code,
        "sentence": decisions.said(at),
    }


def _remedy(name: str) -> str:
    return f"fill it in, or start the service with --{name.replace('_', '-')}"
