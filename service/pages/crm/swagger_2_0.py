"""The description in Swagger 2.0 (OpenAPI 2.0), which Power Platform reads, and Salesforce too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from service.pages.crm.answers import REF, ref
from service.pages.crm.described import Described
from service.pages.crm.operations import Operation

_JSON = ["application/json"]
_THERE = REF.partition("{")[0]
_HERE = "#/definitions/"


def swagger_2_0(described: Described) -> dict[str, Any]:
    """Return the whole document (Swagger 2.0)."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for operation in described.operations:
        paths[operation.path][operation.method] = _operation(operation)
    schemes = {"securityDefinitions": described.schemes} if described.schemes else {}
    return {
        "swagger": "2.0",
        "info": described.info,
        **_address(described.public_url),
        "consumes": _JSON,
        "produces": _JSON,
        "paths": dict(paths),
        "definitions": {name: _schema(schema) for name, schema in described.types.items()},
        **schemes,
        **described.secured,
    }


def _address(public_url: str | None) -> dict[str, Any]:
    """Return the parts of the address; without one, whoever imports it is asked for the host."""
    if public_url is None:
        return {"basePath": "/"}
    parts = urlsplit(public_url)
    return {"host": parts.netloc, "basePath": parts.path or "/", "schemes": [parts.scheme]}


def _operation(operation: Operation) -> dict[str, Any]:
    parameters = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body is not None:
        parameters.append(_body(operation.body))
    right = {"description": operation.answers, "schema": _schema(ref(operation.answer))}
    wrong = {status: {"description": sentence} for status, sentence in operation.problems.items()}
    return {
        **operation.said,
        **({"consumes": _JSON} if operation.body is not None else {}),
        "produces": _JSON,
        **({"parameters": parameters} if parameters else {}),
        "responses": {"200": right, **wrong},
    }


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter whose type stands in itself."""
    return {**{key: value for key, value in parameter.items() if key != "schema"}, **parameter["schema"]}


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    said = {"description": "The customers, and what is asked of them.", "x-ms-summary": "Question"}
    return {"name": "body", "in": "body", "required": True, **said, "schema": _schema(schema)}


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema in the words of 2.0, and all that stand in it."""
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$ref":
            made[key] = value.replace(_THERE, _HERE)
        elif key == "nullable":
            made["x-nullable"] = value
        elif key == "items":
            made[key] = _schema(value)
        elif key == "properties":
            made[key] = {name: _schema(member) for name, member in value.items()}
        else:
            made[key] = value
    return made
