"""Whole numbers of 64 bits."""

from __future__ import annotations

from churn.kinds.forms import Form
from churn.kinds.quantity import Quantity


class Integer(Quantity):
    """A whole number; 5.0 is one too."""

    wire = int
    takes = frozenset({Form.NUMERALS, Form.WHOLES, Form.FLOATS})
    is_amount = True

    def noun(self) -> str:
        """Say what a value is."""
        return "a whole number"
