"""One request, as the log, the counts, its trace and the audit know it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from service.keys.ring import Caller
from service.tracing.trace import Trace


@dataclass(slots=True, eq=False)  # not frozen: one is made for each request, and freezing costs more than the rest
class Visit:
    """Method, path and request id; who asks, where somebody has to say; the trace that it belongs to, if any."""

    method: str
    path: str
    identity: str
    started_s: float
    caller: Caller | None = None
    trace: Trace | None = None

    @property
    def key(self) -> str | None:
        """The name of the caller's key; None where nobody has to say who they are."""
        return None if self.caller is None else self.caller.name

    @property
    def duration_s(self) -> float:
        """How long it has been going on."""
        return perf_counter() - self.started_s
