"""A whole answer, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

JSON = b"application/json"
NO_WARNINGS: Mapping[str, int] = {}


@dataclass(slots=True)
class Reply:
    """Status, body and headers; and, for log and metrics, how many records it scored and refused."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    scored: int = 0
    refused: int = 0
    warnings: Mapping[str, int] = field(default_factory=lambda: NO_WARNINGS)
