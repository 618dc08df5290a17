"""All that is known about a customer record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from churn.schema import plain
from churn.schema.contradictions import check_fields, check_names
from churn.schema.field import Field
from churn.schema.label import Label


@dataclass(frozen=True)
class Schema:
    """All that is known about a customer record.

    ``ignored`` names the columns of the training table that are no features, each with the reason.
    ``as_of`` is the day to which dates are turned into durations.

    Raises:
        SchemaError: on construction, where the parts contradict each other.
    """

    fields: tuple[Field, ...]
    identifier: str | None = None
    label: Label | None = None
    ignored: tuple[tuple[str, str], ...] = ()
    as_of: date | None = None

    def __post_init__(self) -> None:
        """Refuse a schema that contradicts itself."""
        check_names([field.name for field in self.fields], self.identifier, self.label)
        check_fields(self.fields, self.as_of)

    @cached_property
    def numbers(self) -> tuple[Field, ...]:
        """The fields that are quantities, dates and clock times included, in schema order."""
        return tuple(field for field in self.fields if not field.is_category)

    @cached_property
    def categories(self) -> tuple[Field, ...]:
        """The fields that are one of a set of levels, in schema order."""
        return tuple(field for field in self.fields if field.is_category)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Field by name."""
        return {field.name: field for field in self.fields}

    def with_as_of(self, day: date) -> Schema:
        """Return this schema with another day to count dates back from."""
        return replace(self, as_of=day)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return plain data (what ``schema.json`` and the YAML file hold); empty settings are left out."""
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "identifier": self.identifier,
            "label": asdict(self.label) if self.label else None,
            "fields": [plain.from_field(field) for field in self.fields],
            "ignored": dict(self.ignored),
        }

    @classmethod
    def from_json(cls, data: object) -> Schema:
        """Read what ``to_json`` gives, as edited by a user.

        Raises:
            SchemaError: a key is unknown, a value has the wrong type, or the parts contradict each other.
        """
        top = plain.mapping(data, "the schema", {"as_of", "identifier", "label", "fields", "ignored"})
        return cls(
            fields=plain.to_fields(top.get("fields")),
            identifier=plain.to_identifier(top.get("identifier")),
            label=plain.to_label(top.get("label")),
            ignored=plain.to_ignored(top.get("ignored")),
            as_of=plain.to_day(top.get("as_of")),
        )
