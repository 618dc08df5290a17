"""``POST /v1/models/NAME:explain``, which KServe adds: for each customer the answer, and all reasons for it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import to_json

from service.dialects.call import Question, Told
from service.dialects.errors import wrong
from service.dialects.v1.customers import Form, read_customers
from service.dialects.v1.types import TYPES
from service.keys.file import EXPLAIN
from service.reply import Reply
from service.served import Model


class Explain:
    """Reads customers and writes why the model says what it says of them."""

    types = TYPES
    headers: frozenset[bytes] = frozenset()
    scope = EXPLAIN

    def glance(self, _body: bytes, _headers: Mapping[bytes, bytes]) -> None:
        """Leave all to be read: reasons take longer than any reading."""

    def read(self, model: Model, body: bytes, _headers: Mapping[bytes, bytes]) -> Question:
        """Read the customers.

        Raises:
            Refusal: the body is no request of this protocol, or has its customers in columns.
        """
        question = read_customers(model, body)
        if question.context is not Form.ROWS:
            raise wrong('Reasons are given for "instances", an array of one object for each customer; send those')
        return question

    def write(self, told: Told, _context: Form) -> Reply:
        """Write the answers, and the reasons for each, the largest first."""
        return Reply(200, b'{%b,"explanations":%b}' % (told.predictions.encode(), to_json(told.reasons)))
