"""What the contract has to know of a dialect: how its callers write customers and read answers, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from churn.schema import Schema

JSON = {"content-type": "application/json"}
Told = list[tuple[float, bool, str]]
"""Probability, churn and risk of each customer."""

Sent = tuple[bytes, Mapping[str, str]]
"""Body and headers."""


@dataclass(frozen=True)
class Speaker:
    """One way of asking.

    ``path`` is made of the model's name; ``label`` is what log and counts have; ``write`` makes a request of customers,
    ``read`` the answers of body and headers; ``bad`` are wrong requests for the schema of the unit tests, each
    with the status and a part of the sentence that it gets; ``sentence`` finds that in an answer that refuses.
    """

    path: Callable[[str], str]
    label: str
    write: Callable[[Schema, Sequence[Mapping[str, Any]]], Sent]
    read: Callable[[bytes, Mapping[str, str]], Told]
    bad: Mapping[str, tuple[Sent, int, str]]
    sentence: Callable[[bytes], str] = field(default=lambda body: str(_only_error(json.loads(body))))


def _only_error(document: dict[str, Any]) -> Any:
    assert document.keys() == {"error"}
    return document["error"]


def sent_as_json(document: Any) -> Sent:
    """Return a request of one JSON document."""
    return json.dumps(document).encode(), JSON


def columns_of(schema: Schema, records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the values of each field that any record has."""
    names = [each.name for each in schema.fields if any(each.name in record for record in records)]
    return {name: [record.get(name) for record in records] for name in names}
