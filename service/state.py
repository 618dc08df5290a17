"""The one thing of the service that a request may touch, and that is swapped whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from churn.bundle import Manifest
    from churn.errors import ChurnError
    from churn.scoring import Scorer
    from service.api.records import BodyReader


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scorer that reproduced the golden rows, the reader of bodies in its schema, and the head of every answer."""

    scorer: Scorer
    reader: BodyReader
    head: bytes


def head_of(manifest: Manifest) -> bytes:
    """Return the JSON of an answer up to its first prediction; it is the same in every answer."""
    model = json.dumps({"name": manifest.name, "version": manifest.version}, separators=(",", ":"))
    return b'{"model":' + model.encode() + b',"predictions":['


class Serving:
    """Where requests find the current state. A request reads ``loaded`` once and keeps what it read.

    ``waiting_for`` says why the service is not ready (None when it is), ``draining`` whether it is stopping,
    ``fault`` what kept it from loading at all; the server stops when it sees one.
    """

    def __init__(self) -> None:
        """Begin with nothing loaded."""
        self.loaded: Loaded | None = None
        self.waiting_for: str | None = "The model is being loaded."
        self.draining = False
        self.fault: ChurnError | None = None
        self._refused = False

    @property
    def loading(self) -> bool:
        """Whether it is still open if there will be a scorer."""
        return self.loaded is None and not self._refused

    def swap(self, loaded: Loaded) -> None:
        """Serve from now on with another scorer; requests under way finish with theirs."""
        self.loaded = loaded
        if not self.draining:
            self.waiting_for = None

    def refuse(self, reason: str) -> None:
        """Answer no predictions, and say why."""
        self.loaded = None
        self.waiting_for = reason
        self._refused = True

    def drain(self) -> None:
        """Be ready no more, but go on answering; safe in a signal handler."""
        self.draining = True
        self.waiting_for = "The service is stopping; send new requests to another instance."
