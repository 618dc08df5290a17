"""What both versions say of one service: its name, its model, its address, and how a caller says who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from churn.bundle import Manifest
from churn.schema import Schema
from service.pages.crm.answers import answer_types
from service.pages.crm.operations import Operation, operations
from service.pages.crm.records import record

_TITLE = "Churn service"
"""Without the model's name, for connectors and generated code are named by it."""


@dataclass(frozen=True)
class Described:
    """The service that is described. ``public_url`` is where a CRM reaches it; None where the operator did not say."""

    schema: Schema
    manifest: Manifest
    version: str
    max_records: int
    public_url: str | None
    asks_for_keys: bool
    issuer: str | None

    @property
    def info(self) -> dict[str, Any]:
        """The head of a document."""
        said = f"Says how likely customers are to leave. Model {self.manifest.name} {self.manifest.version}."
        return {"title": _TITLE, "version": self.version, "description": said}

    @property
    def schemes(self) -> dict[str, Any]:
        """How a caller says who asks, as a header that holds a text, which every importer can send; one at the most.

        Swagger 2.0 knows no bearer tokens, and Power Platform reads one way alone.
        """
        if self.asks_for_keys:
            said = "A key that churn-serve keys made, with the scopes predict and, for reasons, explain."
            return {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": said}}
        if self.issuer is not None:
            said = f'The word "Bearer", a space, and a token of {self.issuer}.'
            return {"token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": said}}
        return {}

    @property
    def secured(self) -> dict[str, Any]:
        """The member of a document that says that all of it is asked in the one way; none where anybody may ask."""
        return {"security": [{name: []} for name in self.schemes]} if self.schemes else {}

    @property
    def operations(self) -> list[Operation]:
        """What may be asked."""
        return operations(self.max_records, len(self.schema.fields), is_closed=bool(self.schemes))

    @property
    def types(self) -> dict[str, dict[str, Any]]:
        """The schemas of records, questions and answers, in the words of OpenAPI 3.0."""
        return {"Record": record(self.schema), **answer_types(self.max_records, len(self.schema.fields))}
