"""What MLflow and SageMaker ask of a server besides predictions, and the dialect as a whole."""

from __future__ import annotations

from churn import __version__
from service.api.door import not_ready
from service.dialects.dialect import Dialect, Reading, written
from service.dialects.mlflow.invocations import Invocations
from service.dialects.mlflow.refused import refused
from service.reply import Reply
from service.served import Serving
from service.settings import Settings

PATH = "/invocations"
_TEXT = b"text/plain; charset=utf-8"
_MOST_TOGETHER_MB = 100
"""Of all the payloads that a batch transform has under way, by SageMaker's rule."""


def mlflow(serving: Serving, settings: Settings) -> Dialect:
    """Return the dialect for the model that is served."""
    readings: dict[str, Reading] = {
        "/ping": lambda: _ready(serving),
        "/health": lambda: _ready(serving),
        "/version": lambda: Reply(200, __version__.encode(), _TEXT),
        "/execution-parameters": lambda: _execution(serving, settings),
    }
    return Dialect(PATH, None, {PATH: Invocations()}, readings, refused)


def _ready(serving: Serving) -> Reply:
    if serving.waiting_for is not None:
        raise not_ready(serving.waiting_for)
    return Reply(200, b"\n", _TEXT)


def _execution(serving: Serving, settings: Settings) -> Reply:
    """Say how a batch transform may send: payloads so large that the customers in them are never too many.

    A customer has at least a byte for each field, the value or the comma behind it.
    """
    fields = len(serving.served.made_of[1].fields)
    fitting_bytes = min(settings.body_limit_bytes, settings.max_records * fields)
    together_mb = _MOST_TOGETHER_MB // settings.workers
    document = {
        "MaxConcurrentTransforms": settings.workers,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": max(1, min(fitting_bytes // 1_000_000, together_mb)),
    }
    return written(document)
