"""The dialect as a whole: which path does what."""

from __future__ import annotations

from functools import partial

from service.dialects.call import Call
from service.dialects.dialect import Dialect, Reading
from service.dialects.errors import refused
from service.dialects.v1.explain import Explain
from service.dialects.v1.predict import Predict
from service.dialects.v1.readings import metadata, models, status
from service.dialects.v1.refusals import not_served
from service.served import Serving

PREFIX = "/v1"


def v1(serving: Serving) -> Dialect:
    """Return the dialect for the model that is served."""
    name, version = serving.served.told["name"], serving.served.told["version"]
    model = f"{PREFIX}/models/{name}"
    readings: dict[str, Reading] = {f"{PREFIX}/models": partial(models, serving)}
    calls: dict[str, Call] = {}
    predict, explain = Predict(), Explain()
    for path in (model, f"{model}/versions/{version}"):
        readings[path] = partial(status, serving)
        readings[f"{path}/metadata"] = partial(metadata, serving)
        calls[f"{path}:predict"] = predict
        calls[f"{path}:explain"] = explain
    return Dialect(PREFIX, PREFIX, calls, readings, refused, lambda path: not_served(path, PREFIX, name, version))
