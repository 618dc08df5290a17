"""The description in OpenAPI 3.0, which Salesforce reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from service.pages.crm.answers import ref
from service.pages.crm.described import Described
from service.pages.crm.operations import Operation

_JSON = "application/json"


def openapi_3_0(described: Described) -> dict[str, Any]:
    """Return the whole document (OpenAPI 3.0)."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for operation in described.operations:
        paths[operation.path][operation.method] = _operation(operation)
    schemes = {"securitySchemes": described.schemes} if described.schemes else {}
    return {
        "openapi": "3.0.3",
        "info": described.info,
        "servers": [{"url": described.public_url or "/"}],
        **described.secured,
        "paths": dict(paths),
        "components": {"schemas": described.types, **schemes},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    body = {} if operation.body is None else {"requestBody": {"required": True, "content": _content(operation.body)}}
    right = {"description": operation.answers, "content": _content(ref(operation.answer))}
    # A problem comes as application/problem+json, which importers do not read: the status and a sentence are told.
    wrong = {status: {"description": sentence} for status, sentence in operation.problems.items()}
    return {
        **operation.said,
        **({"parameters": list(operation.parameters)} if operation.parameters else {}),
        **body,
        "responses": {"200": right, **wrong},
    }


def _content(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}
