"""Parts of answers as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from churn.answers import RISKS, Answers
from churn.digits import shortest
from service.problems import dump


def amount(number: float) -> float | None:
    """Return an amount of money to a hundredth of a cent; None where it is not known."""
    return None if math.isnan(number) else round(number, 4) + 0.0  # no negative zero


def plain_scores(answers: Answers) -> list[dict[str, Any]]:
    """Return the prediction for each record of answers of which none is refused, without its identifier."""
    scores = answers.scores
    found = zip(shortest(scores.probability), scores.churn.tolist(), scores.risk.tolist(), strict=True)
    listed: list[dict[str, Any]] = [
        {"churn_probability": probability, "churn": churn, "risk": RISKS[risk]} for probability, churn, risk in found
    ]
    for at, warnings in answers.warnings.items():
        listed[at]["warnings"] = [warning._asdict() for warning in warnings]
    return listed


def write_object(model: Mapping[str, str], members: Mapping[str, Any]) -> bytes:
    """Write an answer that is one object: which model answered, then ``members``."""
    return dump({"model": model, **members}).encode()
