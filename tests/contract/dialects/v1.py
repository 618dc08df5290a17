"""TensorFlow Serving's callers and KServe's: rows and columns."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.dialects.speaker import JSON, Speaker, columns_of, sent_as_json
from tests.unit.service.conftest import RECORD

COLUMNS = {name: [value, value] for name, value in RECORD.items()}


def _path(name: str) -> str:
    return f"/v1/models/{name}:predict"


def _raw(text: str) -> Any:
    return text.encode(), JSON


def _row(**changes: Any) -> Any:
    return sent_as_json({"instances": [RECORD, {**RECORD, **changes}]})


def _columns(**changes: Any) -> Any:
    return sent_as_json({"inputs": {**COLUMNS, **changes}})


def _without(name: str) -> dict[str, Any]:
    return {known: value for known, value in RECORD.items() if known != name}


_ALWAYS_BAD: dict[str, Any] = {
    "no JSON": (_raw("{"), 400, 'Send an object with "instances"'),
    "nothing": (_raw(""), 400, 'Send an object with "instances"'),
    "not UTF-8": ((b'{"instances": "\xff"}', JSON), 400, "not UTF-8"),
    "a name twice": (_raw('{"instances": [], "instances": []}'), 400, "twice"),
    "a bare list": (sent_as_json([RECORD]), 400, "The body is an array"),
    "a text": (sent_as_json("customer"), 400, "The body is a text"),
    "neither": (sent_as_json({"signature_name": "serving_default"}), 400, 'neither of "instances" (rows) and "inputs"'),
    "both": (sent_as_json({"instances": [RECORD], "inputs": COLUMNS}), 400, 'both of "instances" (rows) and "inputs"'),
    "another signature": (
        sent_as_json({"signature_name": "other", "instances": [RECORD]}),
        400,
        'There is no signature "other"',
    ),
    "a signature that is a list": (sent_as_json({"signature_name": [], "instances": [RECORD]}), 400, "no signature []"),
}

_BAD_ROWS: dict[str, Any] = {
    "no array": (sent_as_json({"instances": RECORD}), 400, '"instances" is an object'),
    "null": (sent_as_json({"instances": None}), 400, '"instances" is null'),
    "nobody": (sent_as_json({"instances": []}), 400, "holds no customer"),
    "lists": (sent_as_json({"instances": [list(RECORD.values())]}), 400, "values need the name of theirs"),
    "a row that is a number": (sent_as_json({"instances": [RECORD, 7]}), 400, "Record 1"),
    "wrong type": (_row(tenure="twelve"), 400, 'Record 1: tenure: expected a whole number, received "twelve"'),
    "wrong level type": (_row(partner="yes"), 400, "Record 1: partner"),
    "missing": (sent_as_json({"instances": [RECORD, _without("tenure")]}), 400, "Record 1: tenure"),
    "unknown": (_row(tenur=1), 400, "tenur"),
    "NaN": (_raw(json.dumps({"instances": [{**RECORD, "charges": float("nan")}]})), 400, "charges"),
    "infinite": (_raw(json.dumps({"instances": [{**RECORD, "charges": float("inf")}]})), 400, "charges"),
    "no base64": (_row(contract={"b64": "bW9u*Gg="}), 400, 'Instance 1, "contract", has "bW9u*Gg=" as "b64"'),
    "base64 beyond ASCII": (_row(contract={"b64": "é"}), 400, "that is no base64"),
    "base64 that is a number": (_row(contract={"b64": 7}), 400, "that is no base64"),
    "base64 of no text": (_row(contract={"b64": "/w=="}), 400, "not UTF-8"),
    "another object": (_row(contract={"b64": "bW9udGg=", "more": 1}), 400, "contract"),
}

_BAD_COLUMNS: dict[str, Any] = {
    "a list of columns": (sent_as_json({"inputs": list(COLUMNS.values())}), 400, '"inputs" is an array'),
    "no column": (sent_as_json({"inputs": {}}), 400, '"inputs" is an empty object'),
    "a value": (_columns(charges=70.35), 400, 'Input "charges" is a number'),
    "ragged": (_columns(charges=[1.5]), 400, 'Input "charges" has 1 values, and "tenure" has 2'),
    "nobody": (sent_as_json({"inputs": {name: [] for name in COLUMNS}}), 400, "holds no customer"),
    "wrong type": (_columns(tenure=[12, "x"]), 400, 'Record 1: tenure: expected a whole number, received "x"'),
    "nested": (_columns(tenure=[[12], [12]]), 400, "Record 0: tenure"),
    "missing": (
        sent_as_json({"inputs": {name: values for name, values in COLUMNS.items() if name != "tenure"}}),
        400,
        "Record 0: tenure",
    ),
    "unknown": (_columns(tenur=[1, 2]), 400, "tenur"),
    "NaN": (_raw(json.dumps({"inputs": {**COLUMNS, "charges": [1.0, float("nan")]}})), 400, "Record 1: charges"),
    "no base64": (_columns(contract=["month", {"b64": "*"}]), 400, 'Input "contract", value 1, has "*" as "b64"'),
}

ROWS = Speaker(
    path=_path,
    label="/v1",
    write=lambda _schema, records: sent_as_json({"instances": list(records)}),
    read=lambda body, _headers: [
        (each["churn_probability"], each["churn"], each["risk"]) for each in json.loads(body)["predictions"]
    ],
    bad={**_ALWAYS_BAD, **_BAD_ROWS},
)

IN_COLUMNS = Speaker(
    path=_path,
    label="/v1",
    write=lambda schema, records: sent_as_json(
        {"signature_name": "serving_default", "inputs": columns_of(schema, records)}
    ),
    read=lambda body, _headers: [
        *zip(*(json.loads(body)["outputs"][name] for name in ("churn_probability", "churn", "risk")), strict=True)
    ],
    bad=_BAD_COLUMNS,
)
