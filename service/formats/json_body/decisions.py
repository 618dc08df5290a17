"""Decisions as JSON: who is contacted, in the order of what it is expected to bring, who is left out, and why."""

from __future__ import annotations

from typing import Any

from churn.answers import RISKS, Answers
from churn.batch import NOTHING
from churn.decide import Budget, Decisions
from churn.digits import shortest
from service.formats.json_body.plain import amount, plain_reason

_CODES = ("contacted", "does_not_pay", "over_budget", "no_value")


def decided(decisions: Decisions, answers: Answers, budget: Budget, why: Answers | None) -> dict[str, Any]:
    """Return the answer as plain data; ``why`` are the answers for the contacted with their reasons, if asked for."""
    contacted = set(decisions.order.tolist())
    every = _customers(decisions, answers)
    contact = [{"rank": rank, **every[at]} for rank, at in enumerate(decisions.order.tolist(), start=1)]
    if why is not None and why.reasons is not None:
        for entry, told in zip(contact, why.reasons.told, strict=True):
            entry["reasons"] = [plain_reason(reason) for reason in told]
    economics = decisions.economics
    return {
        "assumptions": {
            "value": economics.value,
            "contact_cost": economics.contact_cost,
            "contact_success": economics.success,
            "budget": {k: v for k, v in (("contacts", budget.contacts), ("amount", budget.amount)) if v is not None},
        },
        "contacts": len(contact),
        "cost": amount(decisions.contacts_cost),
        "expected_profit": amount(decisions.expected_total),
        "contact": contact,
        "left_out": [entry for at, entry in enumerate(every) if at not in contacted],
    }


def _customers(decisions: Decisions, answers: Answers) -> list[dict[str, Any]]:
    identifiers = answers.batch.identifiers or [NOTHING] * len(answers)
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
            "decision": _CODES[decisions.verdict[at]],
            "sentence": decisions.said(at),
        }
        for at, given in enumerate(identifiers)
    ]
