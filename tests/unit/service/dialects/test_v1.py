"""TensorFlow Serving's REST interface and KServe's first one, in detail."""

import base64
import json
import threading

import pytest

from churn.bundle import open_bundle
from churn.engines.base import FakeEngine
from churn.scoring import Scorer
from service.dialects.v1.predict import Predict
from service.keys.file import new_key, write_keys
from tests.customers import customers, with_background
from tests.customers import fake_bundle as made_bundle
from tests.unit.service.conftest import DOORS, JSON, RECORD, running

PREDICT, EXPLAIN, MODEL = "/v1/models/telco:predict", "/v1/models/telco:explain", "/v1/models/telco"
VERSION = "/versions/2024-06-30.1"
FAKE_EXPLAIN = "/v1/models/fake:explain"


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def post(client, document, path=PREDICT, **headers):
    return client.post(json.dumps(document), path, {**JSON, **headers})


def refused(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.json().keys() == {"error"}
    return answer.json()["error"]


# --- :predict --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PREDICT, f"{MODEL}{VERSION}:predict"])
def test_rows_are_answered_in_rows(client, path):
    answer = post(client, {"signature_name": "serving_default", "instances": [RECORD, RECORD]}, path)
    assert answer.json() == {"predictions": [{"churn_probability": 0.5, "churn": True, "risk": "medium"}] * 2}


@pytest.mark.parametrize("path", [PREDICT, f"{MODEL}{VERSION}:predict"])
def test_columns_are_answered_in_columns(client, path):
    answer = post(client, {"inputs": {name: [value, value] for name, value in RECORD.items()}}, path)
    assert answer.json() == {
        "outputs": {"churn_probability": [0.5, 0.5], "churn": [True, True], "risk": ["medium", "medium"]}
    }


def test_an_identifier_and_what_training_left_out_may_stand(client):
    record = {**RECORD, "customer_id": "7-A", "RowNumber": 7}
    assert len(post(client, {"instances": [record]}).json()["predictions"]) == 1
    assert len(post(client, {"inputs": {name: [value] for name, value in record.items()}}).json()["outputs"]) == 3


@pytest.mark.parametrize("text", ["month", "a level of its own: ü€", ""])
def test_encoded_texts_are_read_as_the_same_texts(client, text):
    model = client.app.serving.served.model
    record = {**RECORD, "contract": text}
    encoded = {**record, "contract": {"b64": base64.b64encode(text.encode()).decode()}}
    rows = {"instances": [RECORD, encoded]}
    assert Predict().read(model, json.dumps(rows).encode(), {}).records == [RECORD, record]
    columns = {"inputs": {name: [value] for name, value in encoded.items()}}
    assert Predict().read(model, json.dumps(columns).encode(), {}).as_records() == [record]
    if text:
        assert post(client, rows).status_code == post(client, columns).status_code == 200


@pytest.mark.parametrize("sent", ["application/x-www-form-urlencoded", "application/json; charset=utf-8", None])
def test_what_curl_sends_is_read(client, sent):
    headers = {} if sent is None else {"content-type": sent}
    answer = client.post(json.dumps({"instances": [RECORD]}), PREDICT, headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/models/other:predict", 'Servable not found for request: Latest("other"); the model here is "telco".'),
        (f"{MODEL}/versions/7:predict", 'Specific(telco, "7"); version 2024-06-30.1 is served here.'),
        (f"{MODEL}:classify", 'There is no ":classify" of this model; POST its :predict or :explain'),
        (f"{MODEL}{VERSION}:regress", 'There is no ":regress" of this model'),
        (f"{MODEL}/labels/stable", "There is no"),
        ("/v1/", "There is nothing at this path; the model here is /v1/models/telco."),
        ("/v1/models/", "There is nothing at this path"),
    ],
)
def test_what_is_not_served_is_said_as_tensorflow_serving_does(client, path, says):
    assert says in refused(post(client, {"instances": [RECORD]}, path), 404)


# --- What is read ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [MODEL, MODEL + VERSION])
def test_the_state_is_told_to_callers_of_both(client, path):
    answer = client.get(path)
    assert answer.json() == {
        "name": "telco",
        "ready": True,
        "model_version_status": [
            {"version": "2024-06-30.1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        ],
    }
    assert client.get("/v1/models").json() == {"models": ["telco"]}


def test_the_state_before_and_after_is_no_readiness(start):
    go_on = threading.Event()

    def slow(bundle, _engine, _as_of):
        assert go_on.wait(30)
        return Scorer(bundle.schema, FakeEngine(), 0.4, (0.3, 0.6))

    with start(open_scorer=slow) as client:
        try:
            loading = client.get(MODEL)
        finally:
            go_on.set()
        client.await_loaded()
        client.app.serving.drain()
        unloading = client.get(MODEL)
    for answer, state in ((loading, "LOADING"), (unloading, "UNLOADING")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert (answer.json()["ready"], answer.json()["model_version_status"][0]["state"]) == (False, state)


@pytest.mark.parametrize("path", [MODEL, MODEL + VERSION])
def test_the_signature_has_every_field(client, path):
    document = client.get(f"{path}/metadata").json()
    assert document["model_spec"] == {"name": "telco", "signature_name": "", "version": "2024-06-30.1"}
    signature = document["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert {name: tensor["dtype"] for name, tensor in signature["inputs"].items()} == {
        "tenure": "DT_INT64", "charges": "DT_DOUBLE", "total": "DT_DOUBLE", "share": "DT_DOUBLE", "calls": "DT_INT64",
        "contract": "DT_STRING", "offer": "DT_STRING", "senior": "DT_INT64", "partner": "DT_BOOL",
        "joined": "DT_STRING", "seen": "DT_STRING", "at": "DT_STRING",
    }  # fmt: skip
    assert signature["outputs"]["risk"] == {
        "dtype": "DT_STRING",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
        "name": "risk",
    }


def test_what_is_read_takes_no_post(client):
    answer = post(client, {}, MODEL)
    assert "takes GET, not POST" in refused(answer, 405)


# --- :explain ----------------------------------------------------------------------------------------


@pytest.fixture
def explaining(door, tmp_path):
    bundle = open_bundle(with_background(made_bundle(tmp_path / "fake")))
    with running(bundle, door=door) as client:
        client.await_loaded()
        yield client


@pytest.mark.parametrize("count", [1, 40])
def test_reasons_are_those_of_explain(explaining, count):
    records = customers(count)
    answer = post(explaining, {"instances": records}, FAKE_EXPLAIN).json()
    expected = post(explaining, records, "/explain").json()["predictions"]
    assert answer["explanations"] == [each["reasons"] for each in expected]
    assert answer["predictions"] == [
        {name: each[name] for name in ("churn_probability", "churn", "risk")} for each in expected
    ]
    assert set(answer["explanations"][0][0]) == {"field", "value", "contribution", "direction", "sentence"}


def test_no_more_are_explained_than_by_explain(explaining):
    answer = post(explaining, {"instances": customers(1) * 1_001}, FAKE_EXPLAIN)
    assert "the limit is 1,000 records with reasons" in refused(answer, 413)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"inputs": {"tenure": [1]}}, 'Reasons are given for "instances"'),
        ({"instances": [{"tenure": 1}]}, "1 of 1 records cannot be scored"),
        ([], "The body is an array"),
    ],
)
def test_a_wrong_question_for_reasons_is_refused(explaining, document, says):
    assert says in refused(post(explaining, document, FAKE_EXPLAIN), 400)


def test_a_bundle_without_reasons_says_so(client):
    assert "train it again" in refused(post(client, {"instances": [RECORD]}, EXPLAIN), 501)


def test_reasons_need_their_scope(start, tmp_path):
    keys = {scope: new_key(scope, [scope]) for scope in ("predict", "explain")}
    write_keys(tmp_path / "keys.json", [key for _, key in keys.values()])
    with start(keys=tmp_path / "keys.json") as client:
        client.await_loaded()
        answer = post(client, {"instances": [RECORD]}, EXPLAIN, **{"x-api-key": keys["predict"][0]})
        assert 'needs the scope "explain"' in refused(answer, 403)
        answer = post(client, {"instances": [RECORD]}, EXPLAIN, **{"x-api-key": keys["explain"][0]})
        assert answer.status_code == 501
        assert client.get(MODEL).status_code == 200
