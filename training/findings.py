"""What there is to say about the data, as a value: the checks make it, the reporter and the report show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying about the data, or about one column of it.

    ``in_short`` says that the report tells it before all else: who reads no further has to know it.
    """

    level: Literal["info", "warning"]
    column: str | None
    sentence: str
    in_short: bool = False
