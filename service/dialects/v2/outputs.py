"""What a request of v2 wants, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from churn.errors import shown
from service.dialects.call import Told
from service.dialects.errors import dump, wrong
from service.dialects.v2 import binary
from service.dialects.v2.inputs import parameters_of
from service.dialects.v2.tensors import OUTPUTS
from service.reply import Reply

BINARY = b"application/octet-stream"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer has: the request's id, the outputs in order, and which of them in binary."""

    id: str | None
    outputs: Mapping[str, bool]


ALL = dict.fromkeys(OUTPUTS, False)
PLAIN = Wanted(None, ALL)
"""What most ask for: all outputs, as JSON."""


def wanted(request: Mapping[str, Any]) -> Wanted:
    """Read what a request wants.

    Raises:
        Refusal: it is nothing that there is.
    """
    given = request.get("id")
    if given is not None and not isinstance(given, str):
        raise wrong(f"The id is {shown(given)}; it is a text")
    outputs = request.get("outputs")
    usual = parameters_of(request).get("binary_data_output") is True
    if outputs is None:
        return Wanted(given, dict.fromkeys(OUTPUTS, usual) if usual else ALL)
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
    return Wanted(given, names or ALL)


def written(told: Told, context: Wanted) -> Reply:
    """Write the outputs that are wanted."""
    if context.outputs is ALL:
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
    text = dump(document).encode()
    if not parts:
        return Reply(200, text)
    length = (binary.HEADER, str(len(text)).encode())
    return Reply(200, b"".join([text, *parts]), BINARY, [length])


@lru_cache(maxsize=8)
def _head(name: str, version: str) -> str:
    return f'{{"model_name":{dump(name)},"model_version":{dump(version)},'


def _all_written(told: Told, given: str | None) -> bytes:
    """Write all outputs as JSON, which is what most ask for; in a third of the time."""
    head, shape = _head(**told.model.told), f'"shape":[{told.count}],"data":'
    identity = "" if given is None else f'"id":{dump(given)},'
    outputs = [
        f'{{"name":"{name}","datatype":"{OUTPUTS[name]}",{shape}{values}}}' for name, values in told.columns.items()
    ]
    return f'{head}{identity}"outputs":[{",".join(outputs)}]}}'.encode()


_MEMBERS = {"churn_probability": "probability", "churn": "churn", "risk": "risk"}
