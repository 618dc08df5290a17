"""Whatever JSON comes, a dialect reads it as a question, or refuses it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.batch import Batch
from service.dialects.call import Question
from service.dialects.errors import refused
from service.dialects.v1.explain import Explain
from service.dialects.v1.predict import Predict
from service.dialects.v2.infer import Infer
from service.problems import Refusal
from tests.unit.service.conftest import RECORD, hand_made_bundle, running

CALLS = {"v1 predict": Predict(), "v1 explain": Explain(), "v2 infer": Infer()}
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


def judge(reply):
    assert reply.status in {400, 413}
    assert json.loads(reply.body)["error"].endswith(".")
