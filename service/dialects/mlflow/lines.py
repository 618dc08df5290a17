"""Customers as JSON Lines: one record a line."""

from __future__ import annotations

from typing import Any

from service.dialects.call import Question
from service.dialects.mlflow.delimited import too_many
from service.formats.json_body.parse import parse
from service.problems import Refusal
from service.served import Model


def read_lines(model: Model, body: bytes) -> Question:
    """Read the customers of a body; empty lines say nothing.

    Raises:
        Refusal: a line is no JSON, or there are too many.
    """
    model.values.refuse_masses(body)
    limit = model.values.max_records
    records: list[Any] = []
    for number, line in enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line or line.isspace():
            continue
        if len(records) == limit:
            raise too_many(limit)
        try:
            records.append(parse(line))
        except Refusal as refusal:
            raise Refusal(refusal.kind, f"Line {number}, which is one record: {refusal.detail}") from None
    return Question(len(records), records=records)
