"""``POST /v1/models/NAME:predict``: customers in rows or columns, and answers in the same form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.dialects.call import Question, Told
from service.dialects.errors import dump
from service.dialects.v1.customers import Form, read_customers
from service.dialects.v1.types import TYPES
from service.keys.file import PREDICT
from service.reply import Reply
from service.served import Model


class Predict:
    """Reads customers and writes what the model says of them."""

    types = TYPES
    headers: frozenset[bytes] = frozenset()
    scope = PREDICT

    def read(self, model: Model, body: bytes, _headers: Mapping[bytes, bytes]) -> Question:
        """Read the customers.

        Raises:
            Refusal: the body is no request of this protocol.
        """
        return read_customers(model, body)

    def write(self, told: Told, context: Form) -> Reply:
        """Write an object for each customer, or a list for each output."""
        found: Any = told.rows
        if context is Form.COLUMNS:
            found = {"churn_probability": told.probability, "churn": told.churn, "risk": told.risk}
        return Reply(200, dump({context.value: found}).encode())
