"""``POST /v1/models/NAME:predict``: customers in rows or columns, and answers in the same form."""

from __future__ import annotations

from collections.abc import Mapping

from service.dialects.call import Question, Told
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
        if context is Form.ROWS:
            return Reply(200, f"{{{told.predictions}}}".encode())
        outputs = ",".join([f'"{name}":{values}' for name, values in told.columns.items()])
        return Reply(200, f'{{"outputs":{{{outputs}}}}}'.encode())
