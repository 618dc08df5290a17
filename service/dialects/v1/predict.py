"""``POST /v1/models/NAME:predict``: customers in rows or columns, and answers in the same form."""

from __future__ import annotations

from collections.abc import Mapping

from service.dialects.around import Around
from service.dialects.call import Plain, Question, Told
from service.dialects.forms import Forms
from service.dialects.v1.customers import ROWS, Form, read_customers
from service.dialects.v1.texts import may_be_encoded
from service.dialects.v1.types import TYPES
from service.keys.file import PREDICT
from service.reply import Reply
from service.served import Model

_AROUND = Around(ROWS)


class Predict:
    """Reads customers and writes what the model says of them."""

    types = TYPES
    headers: frozenset[bytes] = frozenset()
    scope = PREDICT

    def __init__(self) -> None:
        """Know no form yet."""
        self._forms = Forms(b'":[')

    def glance(self, body: bytes, _headers: Mapping[bytes, bytes]) -> Plain | None:
        """Return instances without encoded texts, or the customer of inputs in a known form."""
        if may_be_encoded(body):
            return None
        rows = _AROUND.inside(body)
        if rows is not None:
            return Plain(rows, Form.ROWS)
        record = self._forms.record(body)
        return None if record is None else Plain(record, Form.COLUMNS)

    def read(self, model: Model, body: bytes, _headers: Mapping[bytes, bytes]) -> Question:
        """Read the customers.

        Raises:
            Refusal: the body is no request of this protocol.
        """
        question = read_customers(model, body)
        if question.columns is not None:
            self._forms.learn(body, question.columns)
        return question

    def write(self, told: Told, context: Form) -> Reply:
        """Write an object for each customer, or a list for each output."""
        if context is Form.ROWS:
            return Reply(200, f"{{{told.predictions}}}".encode())
        outputs = ",".join([f'"{name}":{values}' for name, values in told.columns.items()])
        return Reply(200, f'{{"outputs":{{{outputs}}}}}'.encode())
