"""What the dialects of platforms have in common: how they write JSON, and that there are no parameters."""

from __future__ import annotations

import json
from typing import Any

from churn.errors import shown
from service.problems import Refusal

dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""Writes JSON in ASCII, and nothing that is no JSON."""


def refuse_parameters(name: str, given: Any) -> None:
    """Refuse parameters, for the model has none; an empty object and null say nothing.

    Raises:
        Refusal: there are some.
    """
    if given is not None and given != {}:
        raise wrong(f"{name} is {shown(given)}, but this model takes no parameters; leave it out")


def wrong(what: str) -> Refusal:
    """Return the refusal of a body that is not of the dialect."""
    return Refusal("invalid-question", f"{what}.")
