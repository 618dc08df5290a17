"""What is sent: how many records a request, over how many connections at once."""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.speed.records import so_many


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of requests."""

    records: list[object]
    connections: int
    path: str = "/predict"

    @property
    def request(self) -> str:
        """What one request holds, in words."""
        return "one record" if len(self.records) == 1 else f"{len(self.records):,} records"

    @property
    def name(self) -> str:
        """The load in words."""
        return f"{self.request}, {self.connections} connection{'s' * (self.connections > 1)}"

    @property
    def body_bytes(self) -> int:
        """The bytes of a request's body."""
        return len(json.dumps(self.records).encode())


def single_loads(records: list[object]) -> list[Load]:
    """Return the loads of one record a request."""
    return [Load(records[:1], connections) for connections in (1, 16, 64)]


def explained_loads(records: list[object]) -> list[Load]:
    """Return the loads of requests for reasons: one record, and as many as one request may have."""
    return [Load(so_many(records, count), 1, "/predict?explain=3") for count in (1, 1_000)]


def many_loads(records: list[object]) -> list[Load]:
    """Return the loads of many records a request."""
    return [Load(so_many(records, 200), 16), Load(so_many(records, 1_000), 2)]
