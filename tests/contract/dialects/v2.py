"""Callers of the Open Inference Protocol: tensors in JSON, and behind it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from churn.kinds import kind_of
from churn.schema import Field, Schema
from tests.contract.dialects.speaker import JSON, Sent, Speaker, Told, columns_of, sent_as_json
from tests.unit.service.conftest import RECORD, SCHEMA

_DATATYPES = {str: "BYTES", int: "INT64", float: "FP64", bool: "BOOL"}
_NUMPY = {"INT64": "<i8", "FP64": "<f8", "BOOL": "?", "INT32": "<i4"}
_LENGTH = "inference-header-content-length"


def _path(name: str) -> str:
    return f"/v2/models/{name}/infer"


def tensors_of(schema: Schema, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a tensor of JSON for each field."""
    return [
        {"name": each.name, "datatype": _DATATYPES[kind_of(each).wire], "shape": [len(records)], "data": values}
        for each, values in _filled(schema, records)
    ]


def _filled(schema: Schema, records: Sequence[Mapping[str, Any]]) -> list[tuple[Field, list[Any]]]:
    columns = columns_of(schema, records)
    return [(each, columns[each.name]) for each in schema.fields if each.name in columns]


def _binary(schema: Schema, records: Sequence[Mapping[str, Any]]) -> Sent:
    """Write tensors in binary: a missing text is the marker of its field, a missing number NaN."""
    tensors, parts = [], []
    for each, values in _filled(schema, records):
        datatype = _DATATYPES[kind_of(each).wire]
        if datatype == "BYTES":
            texts = [(each.missing_markers[0] if value is None else value).encode() for value in values]
            part = b"".join(struct.pack("<I", len(text)) + text for text in texts)
        else:
            if datatype != "BOOL" and any(value is None or isinstance(value, float) for value in values):
                datatype = "FP64"
            part = np.array([np.nan if value is None else value for value in values], _NUMPY[datatype]).tobytes()
        parts.append(part)
        tensors.append(_behind(each.name, datatype, [len(records)], len(part)))
    return in_binary({"inputs": tensors, "parameters": {"binary_data_output": True}}, b"".join(parts))


def _behind(name: str, datatype: str, shape: Any, size_bytes: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": size_bytes}}


def in_binary(document: Any, data: bytes, length: str | None = None) -> Sent:
    """Return a request of JSON and the data behind it, as Triton's client sends it: without a content type."""
    text = json.dumps(document).encode()
    return text + data, {_LENGTH: str(len(text)) if length is None else length}


def _read(body: bytes, headers: Mapping[str, str]) -> Told:
    length = int(headers.get(_LENGTH, len(body)))
    outputs, rest = json.loads(body[:length])["outputs"], body[length:]
    columns = {}
    for output in outputs:
        size_bytes = output.get("parameters", {}).get("binary_data_size")
        values = output.get("data") if size_bytes is None else _elements(output["datatype"], rest[:size_bytes])
        rest = rest[size_bytes or 0 :]
        assert output["shape"] == [len(values)]
        columns[output["name"]] = values
    assert rest == b""
    return [*zip(*(columns[name] for name in ("churn_probability", "churn", "risk")), strict=True)]


def _elements(datatype: str, part: bytes) -> list[Any]:
    if datatype != "BYTES":
        return list(np.frombuffer(part, _NUMPY[datatype]).tolist())
    texts = []
    while part:
        end = 4 + struct.unpack_from("<I", part)[0]
        texts.append(part[4:end].decode())
        part = part[end:]
    return texts


_GOOD = tensors_of(SCHEMA, [RECORD, RECORD])


def _changed(name: str, **changes: Any) -> Sent:
    return sent_as_json({"inputs": [{**each, **changes} if each["name"] == name else each for each in _GOOD]})


def _more(*inputs: Any, **members: Any) -> Sent:
    return sent_as_json({"inputs": [*_GOOD, *inputs], **members})


_HUGE = 10**4299
_BAD: dict[str, Any] = {
    "no JSON": ((b"{", JSON), 400, 'Send an object with "inputs"'),
    "nothing": ((b"", JSON), 400, 'Send an object with "inputs"'),
    "a bare list": (sent_as_json(_GOOD), 400, 'an object with an array "inputs"'),
    "no inputs": (sent_as_json({"inputs": []}), 400, 'an object with an array "inputs"'),
    "an input that is a text": (_more("tenure"), 400, "not an object with a name"),
    "an input without a name": (_more({"datatype": "BYTES"}), 400, "not an object with a name"),
    "another datatype": (_changed("tenure", datatype="INT7"), 400, 'has the datatype "INT7"; it is one of BOOL'),
    "a datatype that is a list": (_changed("tenure", datatype=["INT64"]), 400, "has the datatype ['INT64']"),
    "no datatype": (_changed("tenure", datatype=None), 400, "has the datatype None"),
    "no shape": (_changed("tenure", shape=None), 400, "has the shape None"),
    "a shape that does not fit": (_changed("tenure", shape=[3]), 400, "has the shape [3], but data of the length 2"),
    "a shape of pairs": (_changed("tenure", shape=[1, 2]), 400, "it is [n] or [n, 1]"),
    "a shape below nothing": (_changed("tenure", shape=[-1]), 400, "it is [n] or [n, 1]"),
    "a shape beyond measure": (_changed("tenure", shape=[_HUGE, 1]), 400, "it is [n] or [n, 1]"),
    "a shape of very many": (_changed("tenure", shape=[2, *[_HUGE] * 20]), 400, "it is [n] or [n, 1]"),
    "no data": (_changed("tenure", data=None), 400, "has no data"),
    "data of pairs": (_changed("tenure", data=[[1, 2], [3, 4]]), 400, "Record 0: tenure"),
    "ragged": (_changed("tenure", shape=[3], data=[1, 2, 3]), 400, 'Input "charges" has 2 elements'),
    "nobody": (sent_as_json({"inputs": [{**each, "shape": [0], "data": []} for each in _GOOD]}), 400, "no customer"),
    "wrong type": (_changed("tenure", data=[12, "x"]), 400, 'Record 1: tenure: expected a whole number, received "x"'),
    "NaN where none may be missing": (
        (_changed("charges", data=[1.0, float("nan")])[0], JSON),
        400,
        "Record 1: charges",
    ),
    "missing": (sent_as_json({"inputs": _GOOD[1:]}), 400, "Record 0: tenure"),
    "unknown": (_more({**_GOOD[0], "name": "tenur"}), 400, "tenur"),
    "twice": (_more(_GOOD[0]), 400, 'Input "tenure" is there twice'),
    "an id that is a number": (_more(id=7), 400, "The id is 7"),
    "another output": (_more(outputs=[{"name": "lifetime"}]), 400, 'There is no output "lifetime"'),
    "an output that is a text": (_more(outputs=["churn"]), 400, 'An output is "churn"'),
    "outputs that are none": (_more(outputs="churn"), 400, 'The outputs are "churn"'),
    "an output without a name": (_more(outputs=[{"name": ["churn"]}]), 400, "There is no output ['churn']"),
    "binary data that is not there": (
        _changed("tenure", parameters={"binary_data_size": 16}),
        400,
        "says that it has 16 bytes of binary data; 0 are left",
    ),
}


def _one(name: str, datatype: str, shape: Any, size_bytes: Any, data: bytes, length: str | None = None) -> Sent:
    """Return a request that is right but for one tensor, which comes in binary."""
    inputs = [_behind(name, datatype, shape, size_bytes) if each["name"] == name else each for each in _GOOD]
    return in_binary({"inputs": inputs}, data, length)


_BAD_BINARY: dict[str, Any] = {
    "shorter than announced": (
        _one("tenure", "INT64", [2], 16, bytes(15)),
        400,
        "16 bytes of binary data; 15 are left",
    ),
    "shorter than its shape": (_one("tenure", "INT64", [2], 15, bytes(15)), 400, "2 elements of INT64 are 16"),
    "more than announced": (_one("tenure", "INT64", [2], 16, bytes(17)), 400, "1 bytes of binary data are left over"),
    "a size that is a text": (_one("tenure", "INT64", [2], "16", bytes(16)), 400, 'says that it has "16" bytes'),
    "a size below nothing": (_one("tenure", "INT64", [2], -1, bytes(16)), 400, "says that it has -1 bytes"),
    "a length beyond the body": (_one("tenure", "INT64", [2], 16, bytes(16), "999999"), 400, "'999999'"),
    "a length that is none": (_one("tenure", "INT64", [2], 16, bytes(16), "all"), 400, "it is the number of bytes"),
    "a length inside of the JSON": (_one("tenure", "INT64", [2], 16, bytes(16), "5"), 400, "not JSON"),
    "texts that end early": (_one("contract", "BYTES", [2], 9, b"\5\0\0\0month"), 400, "2 texts are more"),
    "a text beyond the end": (_one("contract", "BYTES", [1], 9, b"\6\0\0\0month"), 400, "a text goes beyond them"),
    "more texts": (_one("contract", "BYTES", [0], 9, b"\5\0\0\0month"), 400, "its 0 texts are 0"),
    "a text that is not UTF-8": (_one("contract", "BYTES", [1], 5, b"\1\0\0\0\xff"), 400, "text 0 is not UTF-8"),
    "numbers for a text": (_one("contract", "INT32", [2], 8, bytes(8)), 400, "Record 0: contract"),
    "infinite": (_one("charges", "FP64", [2], 16, struct.pack("<dd", float("inf"), 1)), 400, "Record 0: charges"),
}

IN_JSON = Speaker(
    path=_path,
    label="/v2",
    write=lambda schema, records: sent_as_json({"id": "7", "inputs": tensors_of(schema, records)}),
    read=_read,
    bad=_BAD,
)
IN_BINARY = Speaker(path=_path, label="/v2", write=_binary, read=_read, bad=_BAD_BINARY)
