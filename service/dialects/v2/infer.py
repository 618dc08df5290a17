"""``POST /v2/models/NAME/infer``: tensors in, tensors out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from churn.errors import shown
from service.dialects.call import Question, Told, sentence_of
from service.dialects.v2 import binary
from service.dialects.v2.forms import Forms
from service.dialects.v2.quick import read_quickly
from service.dialects.v2.tensors import DATATYPES, OUTPUTS, as_whole, without_nan
from service.formats.json_body.parse import parse
from service.problems import PROBLEMS, Refusal
from service.reply import JSON, Reply
from service.served import Model

_BINARY = b"application/octet-stream"
_BAD_REQUEST, _UNPROCESSABLE = 400, 422
_dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer has: the request's id, the outputs in order, and which of them in binary."""

    id: str | None
    outputs: Mapping[str, bool]


_ALL = dict.fromkeys(OUTPUTS, False)
_PLAIN = Wanted(None, _ALL)
_SMALL_BYTES = 16 * 1024


class Infer:
    """Reads and writes tensors."""

    types = frozenset((b"", _BINARY))

    def __init__(self) -> None:
        """Know no form yet."""
        self._forms = Forms()

    def read(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Question:
        """Read the inputs.

        Raises:
            Refusal: the body is no request of v2, or a tensor is not as it says.
        """
        sent, rest = headers.get(binary.HEADER), b""
        if sent is not None:
            body, rest = binary.split(body, sent)
        model.values.refuse_masses(body)
        if sent is None and (question := self._read_quickly(body)) is not None:
            return question
        request = parse(body)
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not inputs:
            raise _wrong('The body is not an object with an array "inputs", of one tensor for each field')
        whole = model.values.whole
        columns: dict[str, Sequence[Any]] = {}
        count = -1
        for tensor in inputs:
            name, values, rest = _values(tensor, rest)
            if name in columns:
                raise _wrong(f"Input {shown(name)} is there twice")
            if count not in {-1, len(values)}:
                raise _wrong(f"Input {shown(name)} has {len(values):,} elements, and others have {count:,}")
            count = len(values)
            columns[name] = as_whole(values) if name in whole else values
        if rest:
            raise _wrong(f"{len(rest):,} bytes of binary data are left over behind those of the inputs")
        return Question(count, columns, context=_wanted(request))

    def _read_quickly(self, body: bytes) -> Question | None:
        is_small = len(body) <= _SMALL_BYTES
        record = self._forms.record(body) if is_small else None
        if record is not None:
            return Question(1, records=[record], context=_PLAIN)
        found = read_quickly(body)
        if found is None:
            return None
        columns, count, given = found
        if is_small and count == 1 and given is None:
            self._forms.learn(body, {name: values[0] for name, values in columns.items()})
        return Question(count, columns, context=_PLAIN if given is None else Wanted(given, _ALL))

    def write(self, told: Told, context: Wanted) -> Reply:
        """Write the outputs."""
        if context.outputs is _ALL:
            return Reply(200, _all_written(told, context.id))
        outputs, parts = [], []
        for name, is_binary in context.outputs.items():
            values = getattr(told, _MEMBERS[name])
            tensor: dict[str, Any] = {"name": name, "datatype": OUTPUTS[name], "shape": [told.count]}
            if is_binary:
                parts.append(binary.written(OUTPUTS[name], values))
                tensor["parameters"] = {"binary_data_size": len(parts[-1])}
            else:
                tensor["data"] = values
            outputs.append(tensor)
        document: dict[str, Any] = {"model_name": told.model.told["name"], "model_version": told.model.told["version"]}
        if context.id is not None:
            document["id"] = context.id
        document["outputs"] = outputs
        text = _dump(document).encode()
        if not parts:
            return Reply(200, text)
        length = (binary.HEADER, str(len(text)).encode())
        return Reply(200, b"".join([text, *parts]), _BINARY, [length])

    def refuse(self, refusal: Refusal, identity: str) -> Reply:
        """Write a refusal as ``{"error": ...}``."""
        return refused(refusal, identity)


@lru_cache(maxsize=8)
def _head(name: str, version: str) -> str:
    return f'{{"model_name":{_dump(name)},"model_version":{_dump(version)},'


def _all_written(told: Told, given: str | None) -> bytes:
    """Write all outputs as JSON, which is what most ask for; in a third of the time."""
    head, shape = _head(**told.model.told), f'"shape":[{told.count}],"data":['
    identity = "" if given is None else f'"id":{_dump(given)},'
    churn = ",".join(["true" if one else "false" for one in told.churn])
    risk = ",".join([f'"{one}"' for one in told.risk])
    return (
        f'{head}{identity}"outputs":['
        f'{{"name":"churn_probability","datatype":"FP64",{shape}{",".join(map(repr, told.probability))}]}},'
        f'{{"name":"churn","datatype":"BOOL",{shape}{churn}]}},{{"name":"risk","datatype":"BYTES",{shape}{risk}]}}]}}'
    ).encode()


_MEMBERS = {"churn_probability": "probability", "churn": "churn", "risk": "risk"}


def refused(refusal: Refusal, _identity: str) -> Reply:
    """Write a refusal; what is wrong with a request is 400 here, whatever it is."""
    status = PROBLEMS[refusal.kind].status
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    body = _dump({"error": sentence_of(refusal)}).encode()
    return Reply(_BAD_REQUEST if status == _UNPROCESSABLE else status, body, JSON, headers, refused=refusal.records)


def _values(tensor: Any, rest: bytes) -> tuple[str, Sequence[Any], bytes]:
    """Return name and elements of a tensor, and the binary data behind it."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise _wrong("An input is not an object with a name")
    name, datatype = tensor["name"], tensor.get("datatype")
    if datatype not in DATATYPES:
        raise _wrong(f"Input {shown(name)} has the datatype {shown(datatype)}; it is one of {', '.join(DATATYPES)}")
    count = _count(name, tensor.get("shape"))
    size = _parameters(tensor).get("binary_data_size")
    if size is not None:
        if type(size) is not int or not 0 <= size <= len(rest):
            raise _wrong(
                f"Input {shown(name)} says that it has {shown(size)} bytes of binary data; {len(rest):,} are left"
            )
        values: Sequence[Any] = binary.read(name, datatype, rest[:size], count)
        rest = rest[size:]
    else:
        values = _flat(tensor.get("data"))
        if len(values) != count:
            raise _wrong(f"Input {shown(name)} has the shape {tensor['shape']}, but {len(values):,} elements of data")
    return name, without_nan(values) if datatype[:2] == "FP" else values, rest


def _count(name: str, shape: Any) -> int:
    """Return of how many customers a tensor has a value: its shape is [n] or [n, 1]."""
    if isinstance(shape, list) and shape and all(type(size) is int and size >= 0 for size in shape):
        count: int = shape[0]
        if math.prod(shape[1:]) == 1:
            return count
    raise _wrong(f"Input {shown(name)} has the shape {shown(shape)}; it is [n] or [n, 1] for n customers")


def _flat(data: Any) -> Sequence[Any]:
    """Return the elements of data that may stand in arrays of one each."""
    if not isinstance(data, list):
        return ()
    if data and all(isinstance(row, list) and len(row) == 1 for row in data):
        return [row[0] for row in data]
    return data


def _wanted(request: Mapping[str, Any]) -> Wanted:
    given = request.get("id")
    if given is not None and not isinstance(given, str):
        raise _wrong(f"The id is {shown(given)}; it is a text")
    outputs = request.get("outputs")
    usual = _parameters(request).get("binary_data_output") is True
    if outputs is None:
        return Wanted(given, dict.fromkeys(OUTPUTS, usual) if usual else _ALL)
    names: dict[str, bool] = {}
    for output in outputs if isinstance(outputs, list) else [outputs]:
        name = output.get("name") if isinstance(output, dict) else output
        if not isinstance(name, str) or name not in OUTPUTS:
            raise _wrong(f"There is no output {shown(name)}; there are {', '.join(OUTPUTS)}")
        names[name] = _parameters(output).get("binary_data", usual) is True
    return Wanted(given, names or _ALL)


def _parameters(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    found = holder.get("parameters")
    return found if isinstance(found, dict) else {}


def _wrong(what: str) -> Refusal:
    return Refusal("invalid-question", f"{what}.")
