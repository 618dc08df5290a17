"""What of v1 is read: whether the model answers, and what it takes."""

from __future__ import annotations

from typing import Any

from churn.kinds import kind_of
from service.api.door import RETRY_AFTER_S
from service.dialects.dialect import written
from service.dialects.v1.customers import SIGNATURE
from service.problems import dump
from service.reply import JSON, Reply
from service.served import Serving

_OF_WIRE = {str: "DT_STRING", int: "DT_INT64", float: "DT_DOUBLE", bool: "DT_BOOL"}
_OUTPUTS = {"churn_probability": "DT_DOUBLE", "churn": "DT_BOOL", "risk": "DT_STRING"}
_METHOD = "tensorflow/serving/predict"


def models(serving: Serving) -> Reply:
    """Return the names of all models, as KServe has them: of the one."""
    return written({"models": [serving.served.told["name"]]})


def status(serving: Serving) -> Reply:
    """Return the state of the model: TensorFlow Serving's members and KServe's stand in one object.

    KServe reads 503 as not ready, TensorFlow Serving's callers read the state; so there are both.
    """
    told, is_ready = serving.served.told, serving.waiting_for is None
    state = "AVAILABLE" if is_ready else "UNLOADING" if serving.draining else "LOADING"
    fine = {"error_code": "OK", "error_message": ""}
    document = {
        "name": told["name"],
        "ready": is_ready,
        "model_version_status": [{"version": told["version"], "state": state, "status": fine}],
    }
    return written(document) if is_ready else _not_ready(document)


def metadata(serving: Serving) -> Reply:
    """Return the inputs and outputs of the model, as the signature of a SavedModel has them."""
    told, schema = serving.served.told, serving.served.made_of[1]
    signature = {
        "inputs": {field.name: _tensor(field.name, _OF_WIRE[kind_of(field).wire]) for field in schema.fields},
        "outputs": {name: _tensor(name, dtype) for name, dtype in _OUTPUTS.items()},
        "method_name": _METHOD,
    }
    document = {
        "model_spec": {"name": told["name"], "signature_name": "", "version": told["version"]},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
    }
    return written(document)


def _tensor(name: str, dtype: str) -> dict[str, Any]:
    """Describe a tensor of one value for each customer."""
    shape = {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}
    return {"dtype": dtype, "tensor_shape": shape, "name": name}


def _not_ready(document: dict[str, Any]) -> Reply:
    return Reply(503, dump(document).encode(), JSON, [(b"retry-after", str(RETRY_AFTER_S).encode())])
