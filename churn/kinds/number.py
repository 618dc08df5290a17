"""Numbers, whole or not."""

from __future__ import annotations

from churn.kinds.forms import Form
from churn.kinds.quantity import Quantity


class Number(Quantity):
    """A number."""

    wire = float
    takes = frozenset({Form.NUMERALS, Form.WHOLES, Form.FLOATS})
    is_amount = True

    def noun(self) -> str:
        """Say what a value is."""
        return "a number"
