"""Bodies in the dialects of other servers: a question that is read or refused, or a Refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.api.edge import Form
from service.dialects.call import Call
from service.dialects.errors import refused
from service.dialects.mlflow.invocations import Invocations
from service.dialects.mlflow.refused import refused as mlflow_refused
from service.dialects.v1.explain import Explain
from service.dialects.v1.predict import Predict
from service.dialects.v2 import binary
from service.dialects.v2.infer import Infer
from service.dialects.vertex.instances import Instances
from service.dialects.vertex.instances import refused as vertex_refused
from service.problems import Refusal
from service.served import Model
from tests.hostile.targets.target import Run
from tests.unit.service.conftest import hand_made_bundle, running

_RIGHT = {"malformed-json", "too-large", "invalid-records", "invalid-question", "invalid-header"}
_KINDS = (b"application/json", b"text/csv", b"text/csv; header=absent", b"application/jsonlines")
_BEHIND = b"\x00"
"""Between JSON and binary data in the corpus, where a request has a header that says how long the JSON is."""


@contextmanager
def v1(folder: Path) -> Iterator[Run]:
    """Read what is asked of TensorFlow Serving and KServe."""
    with _reading(folder, Predict(), Explain()) as run:
        yield run


@contextmanager
def v2(folder: Path) -> Iterator[Run]:
    """Read tensors, with binary data behind a NUL."""
    with _reading(folder, Infer()) as run:
        yield run


@contextmanager
def mlflow(folder: Path) -> Iterator[Run]:
    """Read what is asked of MLflow, SageMaker and Vertex AI: the same bytes as JSON, as a table and as lines."""
    with running(hand_made_bundle(folder), max_records=50) as client:
        client.await_loaded()
        model = client.app.serving.served.model
        ways: list[tuple[Call, dict[bytes, bytes], Form]] = [
            (Invocations(), {b"content-type": kind}, mlflow_refused) for kind in _KINDS
        ]
        ways.append((Instances(), {}, vertex_refused))

        def run(body: bytes) -> None:
            for call, headers, form in ways:
                try:
                    _read(call, model, body, headers)
                except Refusal as refusal:
                    _judge(form, refusal, {"error"}, {"error_code", "message"})

        yield run


@contextmanager
def _reading(folder: Path, *calls: Call) -> Iterator[Run]:
    with running(hand_made_bundle(folder), max_records=50) as client:
        client.await_loaded()
        model = client.app.serving.served.model

        def run(body: bytes) -> None:
            text, mark, behind = body.partition(_BEHIND)
            headers = {binary.HEADER: str(len(text)).encode()} if mark else {}
            for call in calls:
                try:
                    _read(call, model, text + behind, headers)
                except Refusal as refusal:
                    _judge(refused, refusal, {"error"})

        yield run


def _read(call: Call, model: Model, body: bytes, headers: dict[bytes, bytes]) -> None:
    """Read a body; what a glance takes for right records has to be what is read."""
    plain = call.glance(body, headers)
    glanced = None if plain is None else (model.reader.check_quickly(plain.records), plain.context)
    try:
        question = call.read(model, body, headers)
        assert len(question.read(model.values)) == question.count
    except Refusal:
        assert glanced is None or glanced[0] is None
        raise
    if glanced is not None and glanced[0] is not None:
        assert glanced == (model.values.check_quickly(question.as_records()), question.context)


def _judge(form: Form, refusal: Refusal, *forms: set[str]) -> None:
    assert refusal.kind in _RIGHT
    assert set(json.loads(form(refusal, "id").body)) in forms
