"""What of v2 is read, and the dialect as a whole."""

from __future__ import annotations

from typing import Any

from churn import __version__
from service.dialects.dialect import Dialect, Reading, written
from service.dialects.errors import refused
from service.dialects.v2.infer import Infer
from service.dialects.v2.tensors import OUTPUTS, datatype_of
from service.problems import Refusal
from service.reply import Reply
from service.served import Serving

PREFIX = "/v2"


def v2(serving: Serving) -> Dialect:
    """Return the dialect for the model that is served."""
    told = serving.served.told
    model = f"{PREFIX}/models/{told['name']}"
    version = f"{model}/versions/{told['version']}"
    readings: dict[str, Reading] = {
        PREFIX: _constant({"name": "churn-service", "version": __version__, "extensions": ["binary_tensor_data"]}),
        f"{PREFIX}/health/live": _constant({"live": True}),
        f"{PREFIX}/health/ready": lambda: _ready(serving, {}),
        f"{PREFIX}/models": _constant({"models": [told["name"]]}),
    }
    for path in (model, version):
        readings[path] = lambda: written(_metadata(serving))
        readings[f"{path}/ready"] = lambda: _ready(serving, {"name": told["name"]})
    infer = Infer()
    return Dialect(PREFIX, PREFIX, {f"{path}/infer": infer for path in (model, version)}, readings, refused)


def _metadata(serving: Serving) -> dict[str, Any]:
    told, schema = serving.served.told, serving.served.made_of[1]
    return {
        "name": told["name"],
        "versions": [told["version"]],
        "platform": f"churn_{told['engine']}",
        "inputs": [{"name": f.name, "datatype": datatype_of(f), "shape": [-1]} for f in schema.fields],
        "outputs": [{"name": name, "datatype": datatype, "shape": [-1]} for name, datatype in OUTPUTS.items()],
    }


def _ready(serving: Serving, facts: dict[str, Any]) -> Reply:
    if serving.waiting_for is not None:
        raise Refusal("not-ready", serving.waiting_for)
    return written({**facts, "ready": True})


def _constant(document: dict[str, Any]) -> Reading:
    return lambda: written(document)
