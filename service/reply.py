"""A whole answer, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from churn.arrays import Floats

JSON = b"application/json"
NO_WARNINGS: Mapping[str, int] = {}


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Seen:
    """What a model said of the g customers of a request, for the counts and the audit.

    ``probability`` (g,); ``fingerprints`` (g,), empty without an audit. ``together`` is how many customers were
    answered in one go with the first of these, 0 for who came later in the same.
    """

    model: Mapping[str, str]
    probability: Floats
    together: int
    fingerprints: Sequence[str] = ()


@dataclass(slots=True)
class Reply:
    """Status, body and headers; and, for log and metrics, how many records it scored and refused, and what was said."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    scored: int = 0
    refused: int = 0
    warnings: Mapping[str, int] = field(default_factory=lambda: NO_WARNINGS)
    seen: Seen | None = None
