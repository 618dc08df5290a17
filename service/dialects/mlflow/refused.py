"""How MLflow says no: a code of its own list, and a sentence."""

from __future__ import annotations

from service.dialects.call import sentence_of
from service.dialects.errors import said, status_of
from service.dialects.mlflow.media import READ
from service.problems import Refusal
from service.reply import Reply

_CODES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}
"""As MLflow's databricks.proto has them; all else is BAD_REQUEST."""


def refused(refusal: Refusal, _identity: str) -> Reply:
    """Write a refusal as ``{"error_code": ..., "message": ...}``."""
    status, message = status_of(refusal), sentence_of(refusal)
    if refusal.kind == "unsupported-media-type":
        message = f"{message} At /invocations {READ}."
    return said(refusal, {"error_code": _CODES.get(status, "BAD_REQUEST"), "message": message})
