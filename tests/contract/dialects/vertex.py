"""Vertex AI's callers: instances on a path that the platform chooses."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.dialects.speaker import JSON, Speaker, sent_as_json
from tests.unit.service.conftest import RECORD

PATH = "/v1/endpoints/7/deployedModels/8:predict"


def _sentence(body: bytes) -> str:
    document = json.loads(body)
    assert document.keys() == {"error"}
    assert document["error"].keys() == {"code", "message", "status"}
    return str(document["error"]["message"])


def _row(**changes: Any) -> Any:
    return sent_as_json({"instances": [RECORD, {**RECORD, **changes}]})


INSTANCES = Speaker(
    path=lambda _name: PATH,
    label="/vertex",
    write=lambda _schema, records: sent_as_json({"instances": list(records), "parameters": {}}),
    read=lambda body, _headers: [
        (each["churn_probability"], each["churn"], each["risk"]) for each in json.loads(body)["predictions"]
    ],
    sentence=_sentence,
    bad={
        "no JSON": ((b"{", JSON), 400, "not JSON"),
        "a bare list": (sent_as_json([RECORD]), 400, '"instances"'),
        "no instances": (sent_as_json({"inputs": [RECORD]}), 400, '"instances"'),
        "parameters": (sent_as_json({"instances": [RECORD], "parameters": {"a": 1}}), 400, "takes no parameters"),
        "wrong type": (_row(tenure="x"), 400, 'Record 1: tenure: expected a whole number, received "x"'),
        "unknown": (_row(tenur=1), 400, "tenur"),
    },
)
