"""How these protocols write JSON, and how most of them say no: an object with one sentence."""

from __future__ import annotations

import json
from typing import Any

from churn.errors import shown
from service.dialects.call import sentence_of
from service.problems import PROBLEMS, Refusal
from service.reply import JSON, Reply

_BAD_REQUEST, _UNPROCESSABLE = 400, 422
dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""Writes JSON in ASCII, for a shortened value may have half of a character; and nothing that is no JSON."""


def wrong(what: str) -> Refusal:
    """Return the refusal of a body that is none of the protocol."""
    return Refusal("invalid-question", f"{what}.")


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


def said(refusal: Refusal, document: Any) -> Reply:
    """Write a refusal as a document."""
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    return Reply(status_of(refusal), dump(document).encode(), JSON, headers, refused=refusal.records)


def refused(refusal: Refusal, _identity: str) -> Reply:
    """Write a refusal as ``{"error": ...}``."""
    return said(refusal, {"error": sentence_of(refusal)})
