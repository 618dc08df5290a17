"""Whatever JSON comes, a dialect reads it as a question, or refuses it."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from churn.batch import Batch
from service.dialects.call import Question
from service.dialects.errors import refused
from service.dialects.mlflow.invocations import Invocations
from service.dialects.v1.explain import Explain
from service.dialects.v1.predict import Predict
from service.dialects.v2.infer import Infer
from service.dialects.vertex.instances import Instances
from service.problems import Refusal
from tests.unit.service.conftest import RECORD, hand_made_bundle, running

CALLS = {"v1 predict": Predict(), "v1 explain": Explain(), "v2 infer": Infer()}
GLANCING = {"v1 predict": Predict(), "v2 infer": Infer(), "MLflow": Invocations(), "Vertex": Instances()}
NAMES = ["tenure", "charges", "contract", "partner", "total", "x"]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(NAMES),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("b64"), inner, max_size=3)
    ),
    max_leaves=8,
)


def maybe(right):
    """What is right, or anything."""
    return st.one_of(right, right, right, values)


records = st.fixed_dictionaries({}, optional={name: maybe(st.just(value)) for name, value in RECORD.items()}) | st.just(
    RECORD
)
columns = st.dictionaries(st.sampled_from([*NAMES, *RECORD]), maybe(st.lists(values, max_size=3)), max_size=4)
parameters = st.fixed_dictionaries(
    {}, optional={"binary_data_size": values, "binary_data": values, "binary_data_output": values}
)
tensors = st.fixed_dictionaries(
    {},
    optional={
        "name": maybe(st.sampled_from(NAMES)),
        "datatype": maybe(st.sampled_from(["INT64", "FP64", "BYTES", "BOOL"])),
        "shape": maybe(st.lists(st.integers(-1, 3), max_size=2)),
        "data": maybe(st.lists(values, max_size=3)),
        "parameters": maybe(parameters),
    },
)
outputs = st.fixed_dictionaries({}, optional={"name": maybe(st.just("risk")), "parameters": maybe(parameters)})
requests = values | st.fixed_dictionaries(
    {},
    optional={
        "instances": maybe(st.lists(maybe(records), max_size=3)),
        "inputs": maybe(columns | st.lists(maybe(tensors), max_size=3)),
        "signature_name": values,
        "id": values,
        "outputs": maybe(st.lists(maybe(outputs), max_size=2)),
        "parameters": maybe(parameters),
    },
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    with running(hand_made_bundle(tmp_path_factory.mktemp("bundle"))) as client:
        client.await_loaded()
        yield client.app.serving.served.model


@pytest.mark.parametrize("name", CALLS)
@given(request=requests, behind=st.binary(max_size=40), is_behind=st.booleans())
def test_it_is_a_question_or_refused(model, name, request, behind, is_behind):
    text = json.dumps(request).encode()
    headers = {b"inference-header-content-length": str(len(text)).encode()} if is_behind else {}
    call = CALLS[name]
    try:
        question = call.read(model, text + behind if is_behind and name == "v2 infer" else text, headers)
        assert isinstance(question, Question)
        assert isinstance(question.read(model.values), Batch)
    except Refusal as refusal:
        judge(refused(refusal, "id"))


@pytest.mark.parametrize("name", GLANCING)
@given(request=requests, is_close=st.booleans())
@example(request={"instances": [RECORD]}, is_close=True)
@example(request={"inputs": {name: [value] for name, value in RECORD.items()}}, is_close=True)
def test_what_a_glance_takes_for_right_records_is_what_reading_finds(model, name, request, is_close):
    call = GLANCING[name]
    text = json.dumps(request, separators=(",", ":") if is_close else None).encode()
    with suppress(Refusal):
        call.read(model, text, {})  # and the form is known
    plain = call.glance(text, {})
    records = None if plain is None else model.reader.check_quickly(plain.records)
    if records is not None:
        question = call.read(model, text, {})
        assert model.values.check_quickly(question.as_records()) == records
        assert question.context == plain.context


def judge(reply):
    assert reply.status in {400, 413}
    assert json.loads(reply.body)["error"].endswith(".")
