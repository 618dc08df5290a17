"""The health that Vertex AI asks for, and the dialect as a whole."""

from __future__ import annotations

from service.api.door import not_ready
from service.dialects.dialect import Dialect, Reading, written
from service.dialects.vertex.instances import Instances, refused
from service.reply import Reply
from service.served import Serving
from service.settings import Settings

LABEL = "/vertex"


def vertex(serving: Serving, settings: Settings) -> Dialect:
    """Return the dialect on the paths of the settings; where the service has one of them, too, it is this one's."""
    readings: dict[str, Reading] = {}
    if settings.vertex_health is not None:
        readings[settings.vertex_health] = lambda: _ready(serving)
    calls = {} if settings.vertex_predict is None else {settings.vertex_predict: Instances()}
    return Dialect(LABEL, None, calls, readings, refused)


def _ready(serving: Serving) -> Reply:
    if serving.waiting_for is not None:
        raise not_ready(serving.waiting_for)
    return written({"status": "ready"})
