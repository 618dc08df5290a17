"""Decisions as JSON: who is contacted, in the order of what it is expected to bring, who is left out, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from churn.answers import RISKS, Answers, Reasons
from churn.batch import NOTHING
from churn.decide import Budget, Decisions, Economics, Verdict
from churn.digits import shortest
from service.formats.json_body.plain import amount


def decided(decisions: Decisions, answers: Answers, budget: Budget, why: Reasons | None) -> dict[str, Any]:
    """Return the answer as plain data; ``why`` are the reasons for the contacted, in their order, if asked for."""
    contacted = set(decisions.order.tolist())
    every = _customers(decisions, answers)
    contact = [{"rank": rank, **every[at]} for rank, at in enumerate(decisions.order.tolist(), start=1)]
    if why is not None:
        for entry, told in zip(contact, why.told, strict=True):
            entry["reasons"] = [asdict(reason) for reason in told]
    return {
        "assumptions": assumptions(decisions.economics, budget),
        "contacts": len(contact),
        "cost": amount(decisions.contacts_cost),
        "expected_profit": amount(decisions.expected_total),
        "contact": contact,
        "left_out": [entry for at, entry in enumerate(every) if at not in contacted],
    }


def assumptions(economics: Economics, budget: Budget) -> dict[str, Any]:
    """Return what was decided by."""
    return {
        "value": economics.value,
        "contact_cost": economics.contact_cost,
        "contact_success": economics.success,
        "budget": {k: v for k, v in (("contacts", budget.contacts), ("amount", budget.amount)) if v is not None},
    }


def _customers(decisions: Decisions, answers: Answers) -> list[dict[str, Any]]:
    probabilities = shortest(answers.scores.probability)
    risks = answers.scores.risk.tolist()
    values, profits = (part.tolist() for part in (decisions.values, decisions.profit))
    return [
        {
            "index": at,
            **({} if given is NOTHING else {"customer_id": given}),
            "churn_probability": probabilities[at],
            "risk": RISKS[risks[at]],
            "value": amount(values[at]),
            "expected_profit": amount(profits[at]),
            "decision": Verdict(decisions.verdict[at]).code,
            "sentence": decisions.said(at),
        }
        for at, given in enumerate(answers.batch.given)
    ]
