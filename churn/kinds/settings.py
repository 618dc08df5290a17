"""What a schema says of one field, as plain data: what its kind is made from."""

from __future__ import annotations

from dataclasses import dataclass

Level = str | int | bool


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """The settings of a field, as ``churn.schema.Field`` describes them."""

    name: str
    kind: str
    nullable: bool = False
    levels: tuple[Level, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    training_range: tuple[float, float] | None = None
    missing_markers: tuple[str, ...] = ()
    sentinels: tuple[float, ...] = ()
    unit: str | None = None
    description: str = ""
    example: str | float | bool | None = None
    date_format: str | None = None
    actionable: bool = False
    decimal: str | None = None

    @property
    def level_type(self) -> type[Level]:
        """The one type of all levels of a category: ``str``, ``int`` or ``bool``."""
        return type(self.levels[0]) if self.levels else str
