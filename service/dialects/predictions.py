"""What the dialects that answer record by record have in common: one prediction, and that there are no parameters."""

from __future__ import annotations

import json
from typing import Any

from churn.errors import shown
from service.dialects.call import Told
from service.problems import PROBLEMS, Refusal

_BAD_REQUEST, _UNPROCESSABLE = 400, 422
dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""Writes JSON in ASCII, and nothing that is no JSON."""


def predictions_of(told: Told) -> list[dict[str, Any]]:
    """Return what is told of each customer, (n,)."""
    each = zip(told.probability, told.churn, told.risk, strict=True)
    return [{"churn_probability": probability, "churn": churn, "risk": risk} for probability, churn, risk in each]


def refuse_parameters(name: str, given: Any) -> None:
    """Refuse parameters, for the model has none; an empty object and null say nothing.

    Raises:
        Refusal: there are some.
    """
    if given is not None and given != {}:
        raise wrong(f"{name} is {shown(given)}, but this model takes no parameters; leave it out")


def status_of(refusal: Refusal) -> int:
    """Return the status of a refusal; what is wrong with a request is 400 here, whatever it is."""
    status = PROBLEMS[refusal.kind].status
    return _BAD_REQUEST if status == _UNPROCESSABLE else status


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    """Return the headers of a refusal, as they are sent."""
    return [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]


def wrong(what: str) -> Refusal:
    """Return the refusal of a body that is not of the dialect."""
    return Refusal("invalid-question", f"{what}.")
