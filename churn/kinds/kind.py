"""What every kind of field can tell."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import Any, ClassVar

from churn.kinds.forms import Form
from churn.kinds.settings import FieldSettings
from churn.kinds.wire import CHECKS, JSON_TYPES, TEXT_LIMIT_CHARACTERS, WORD_LIMIT, Check


class Kind(ABC):
    """What a kind means for one field. ``as_of`` is the schema's day, needed where ``needs_as_of`` is set."""

    wire: ClassVar[type]
    """The type that carries a value in JSON: ``str``, ``int``, ``float`` or ``bool``."""
    takes: ClassVar[frozenset[Form]]
    """The forms of a table's column that it is read from."""
    is_category: ClassVar[bool] = False
    is_amount: ClassVar[bool] = False
    """Whether a value may be an amount of money."""
    needs_as_of: ClassVar[bool] = False

    def __init__(self, field: FieldSettings, as_of: date | None = None) -> None:
        self.field = field
        self.as_of = as_of

    # --- In words ---

    @abstractmethod
    def noun(self) -> str:
        """Say what a value is, with its article and without its bounds."""

    def expected(self) -> str:
        """Say what a value has to be, for an error message and for the docs."""
        field = self.field
        low = "" if field.minimum is None else f"at least {field.minimum:g}"
        high = "" if field.maximum is None else f"at most {field.maximum:g}"
        both = " and ".join(part for part in (low, high) if part)
        return f"{self.noun()}{f' ({both})' if both else ''}{' or null' if field.nullable else ''}"

    # --- In a schema ---

    @abstractmethod
    def check_settings(self) -> None:
        """Refuse settings that this kind cannot have.

        Raises:
            SchemaError: saying which.
        """

    # --- In JSON ---

    def check(self) -> Check:
        """Return the check of one value (null apart)."""
        return CHECKS[self.wire]

    def json_type(self) -> str:
        """Return the name that JSON Schema has for the values' type."""
        return JSON_TYPES[self.wire]

    def json_limits(self) -> dict[str, Any]:
        """Return what else JSON Schema can say of the values."""
        if self.wire is int:
            return {"minimum": -WORD_LIMIT, "maximum": WORD_LIMIT - 1}
        return {"maxLength": TEXT_LIMIT_CHARACTERS} if self.wire is str else {}

    def example(self) -> Any:
        """Return an example value: the schema's, else one that is made from what the schema says."""
        given = self.field.example
        if given is None:
            return self.made_example()
        return int(given) if self.wire is int and isinstance(given, float) else given

    @abstractmethod
    def extreme(self, sign: int) -> Any:
        """Return a value, as JSON has it, that is as far out as is not refused: below with -1, above with 1."""

    @abstractmethod
    def made_example(self) -> Any:
        """Return an example where the schema gives none; None where none can be made."""
