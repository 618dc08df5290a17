"""Names that the table of the training had and a record need not have: the label, and what training left out."""

from __future__ import annotations

from churn.identifier import identifier_names
from churn.schema import Schema


def left_out(schema: Schema) -> dict[str, str]:
    """Return why each name is no field; a program that sends a customer as its table has it sends them too."""
    reasons = {name: f"training left the column out ({reason})" for name, reason in schema.ignored}
    if schema.label is not None:
        reasons.setdefault(schema.label.name, "it is what the model predicts")
    known = {*schema.by_name, *identifier_names(schema)}
    return {name: reason for name, reason in reasons.items() if name not in known}
