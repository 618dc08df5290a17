"""Which of a record's or a table's names is its identifier: one rule, whatever the customers come in."""

from __future__ import annotations

from typing import Protocol

CUSTOMER_ID = "customer_id"
"""The name under which a record's identifier is always accepted, and under which it comes back."""


class NamesIdentifier(Protocol):
    """What the rule needs of a schema (which itself asks this module, so it cannot be imported here)."""

    @property
    def identifier(self) -> str | None:
        """The identifier's name in the training data."""


def identifier_names(schema: NamesIdentifier) -> tuple[str, ...]:
    """Return the names that the identifier may have; the first of them that is there counts."""
    return (CUSTOMER_ID,) if schema.identifier in {None, CUSTOMER_ID} else (CUSTOMER_ID, str(schema.identifier))
