"""``POST /v2/models/NAME/infer``: tensors in, tensors out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from churn.errors import shown
from service.dialects.call import Question, Told
from service.dialects.errors import refused
from service.dialects.v2 import binary
from service.dialects.v2.forms import Forms
from service.dialects.v2.inputs import Inputs, parameters_of, wrong
from service.dialects.v2.quick import read_quickly
from service.dialects.v2.tensors import OUTPUTS, as_whole
from service.formats.json_body.parse import parse
from service.keys.file import PREDICT
from service.problems import Refusal
from service.reply import Reply
from service.served import Model

_BINARY = b"application/octet-stream"
_WANTED = 'Send an object with "inputs", an array of one tensor for each field.'
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
    headers = frozenset((binary.HEADER,))
    scope = PREDICT

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
        request = parse(body, _WANTED)
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not inputs:
            raise wrong('The body is not an object with an array "inputs", of one tensor for each field')
        whole = model.values.whole
        found = Inputs(rest, model.values.refuse_many)
        columns: dict[str, Sequence[Any]] = {}
        count = -1
        for tensor in inputs:
            name, values = found.read(tensor)
            if name in columns:
                raise wrong(f"Input {shown(name)} is there twice")
            if count not in {-1, len(values)}:
                raise wrong(f"Input {shown(name)} has {len(values):,} elements, and others have {count:,}")
            count = len(values)
            columns[name] = as_whole(values) if name in whole else values
        if found.left_bytes:
            raise wrong(f"{found.left_bytes:,} bytes of binary data are left over behind those of the inputs")
        return Question(count, columns, context=_wanted(request))

    def _read_quickly(self, body: bytes) -> Question | None:
        if b"NaN" in body:  # what it means depends on the datatype
            return None
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


def _wanted(request: Mapping[str, Any]) -> Wanted:
    given = request.get("id")
    if given is not None and not isinstance(given, str):
        raise wrong(f"The id is {shown(given)}; it is a text")
    outputs = request.get("outputs")
    usual = parameters_of(request).get("binary_data_output") is True
    if outputs is None:
        return Wanted(given, dict.fromkeys(OUTPUTS, usual) if usual else _ALL)
    names: dict[str, bool] = {}
    if not isinstance(outputs, list):
        raise wrong(f"The outputs are {shown(outputs)}; they are an array of objects with a name")
    for output in outputs:
        if not isinstance(output, dict):
            raise wrong(f"An output is {shown(output)}; it is an object with a name")
        name = output.get("name")
        if not isinstance(name, str) or name not in OUTPUTS:
            raise wrong(f"There is no output {shown(name)}; there are {', '.join(OUTPUTS)}")
        names[name] = parameters_of(output).get("binary_data", usual) is True
    return Wanted(given, names or _ALL)
