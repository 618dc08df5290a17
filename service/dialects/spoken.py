"""The dialects that a service speaks, for its wiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.api.door import Door
from service.api.edge import Endpoint, Form
from service.dialects.dialect import Dialect, ReadingEndpoint, nothing_here
from service.dialects.endpoint import DialectEndpoint
from service.dialects.mlflow.readings import mlflow
from service.dialects.v1.paths import v1
from service.dialects.v2.readings import v2
from service.dialects.vertex.readings import vertex
from service.served import Serving
from service.settings import Settings

MAKERS: Mapping[str, Callable[[Serving, Settings], Dialect]] = {
    "v2": lambda serving, _: v2(serving),
    "v1": lambda serving, _: v1(serving),
    "mlflow": mlflow,
    "vertex": vertex,
}
"""By the names that ``--dialects`` takes."""

LABELS = ("/v2", "/v1", "/invocations", "/vertex")
"""What their paths are in log and counts: these are known before a model is."""


class Spoken:
    """Some dialects: their paths, what answers there, and how it says no."""

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        """Take the dialects."""
        self.labels = {path: each.label for each in dialects for path in (*each.calls, *each.readings)}
        self.needed = {path: call.scope for each in dialects for path, call in each.calls.items()}
        self.open_paths = frozenset(path for each in dialects for path in each.readings)
        self._dialects = dialects
        self._forms = {path: each.refuse for each in dialects for path in (*each.calls, *each.readings)}
        self._prefixes = [(f"{each.prefix}/", each) for each in dialects if each.prefix is not None]

    def calls(self, door: Door, inline_bytes: int) -> list[DialectEndpoint]:
        """Return what answers each path that is posted to."""
        found = [item for each in self._dialects for item in each.calls.items()]
        return [DialectEndpoint(path, door, call, inline_bytes) for path, call in found]

    def readings(self) -> dict[str, Endpoint]:
        """Return what answers each path that is read."""
        found = [item for each in self._dialects for item in each.readings.items()]
        return {path: ReadingEndpoint(path, reading) for path, reading in found}

    def elsewhere(self, path: str) -> Endpoint | None:
        """Return what says that a dialect has nothing at a path; None where the path is none of a dialect."""
        dialect = self._of(path)
        return None if dialect is None else partial(nothing_here, dialect)

    def form(self, path: str) -> Form | None:
        """Return what writes the refusals of a path; None where it is none of a dialect."""
        known = self._forms.get(path)
        if known is not None:
            return known
        dialect = self._of(path)
        return None if dialect is None else dialect.refuse

    def _of(self, path: str) -> Dialect | None:
        return next((each for prefix, each in self._prefixes if path.startswith(prefix)), None)
