"""A whole answer, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from churn.arrays import Floats

JSON = b"application/json"
NO_WARNINGS: Mapping[str, int] = {}


@dataclass(slots=True)
class Seen:
    """What a model said of the g customers of a request, for an audit: ``probability`` (g,), ``fingerprints`` (g,)."""

    model: Mapping[str, str]
    probability: Floats
    fingerprints: Sequence[str]


@dataclass(slots=True)
class Reply:
    """Status, body and headers; and, for log and metrics, how many records it scored and refused.

    ``counted`` are the probabilities of the whole batch that was answered in one go, with the first request that shares
    it; ``seen`` is there where an audit asks for it.
    """

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    scored: int = 0
    refused: int = 0
    warnings: Mapping[str, int] = field(default_factory=lambda: NO_WARNINGS)
    counted: Floats | None = None
    seen: Seen | None = None
