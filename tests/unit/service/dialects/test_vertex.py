"""Vertex AI's protocol, on the paths that the platform chooses."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.dialects.call import Question
from service.dialects.vertex.instances import Instances, refused
from service.problems import Refusal
from tests.examples import ONE_FIXTURE_FOR_ALL, examples
from tests.unit.service.conftest import DOORS, hand_made_bundle, running

PREDICT = "/v1/endpoints/12/deployedModels/7:predict"
HEALTH = "/v1/endpoints/12/deployedModels/7"
ANSWER = {"churn_probability": 0.5, "churn": True, "risk": "medium"}


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture
def client(start):
    with start(vertex_predict=PREDICT, vertex_health=HEALTH) as client:
        client.await_loaded()
        yield client


def refusal(client, body, headers=None, status=400):
    answer = client.post(body if isinstance(body, str) else json.dumps(body), PREDICT, headers)
    document = answer.json()
    assert answer.status_code == status
    assert sorted(document) == ["error"]
    assert document["error"]["code"] == status
    return document["error"]


@pytest.mark.parametrize("more", [{}, {"parameters": None}, {"parameters": {}}])
def test_instances_become_predictions(client, record, more):
    answer = client.post(json.dumps({"instances": [record, record], **more}), PREDICT)
    assert (answer.status_code, answer.json()) == (200, {"predictions": [ANSWER, ANSWER]})
    assert client.log()[-1]["route"] == "/vertex"


def test_the_health_is_that_of_the_service(client):
    assert client.get(HEALTH).json() == {"status": "ready"}
    client.app.serving.refuse("The bundle is wrong.")
    answer = client.get(HEALTH)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json() == {"error": {"code": 503, "message": "The bundle is wrong.", "status": "UNAVAILABLE"}}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], 'an array "instances"'),
        ({}, 'an array "instances"'),
        ({"instances": {"tenure": 1}}, 'an array "instances"'),
        ({"instances": []}, "no customer record"),
        ({"instances": [[1, 2]]}, "an object with the fields of one customer"),
        ({"instances": [{}], "parameters": {"confidence": 1}}, "takes no parameters"),
        ("", "The body is empty"),
    ],
)
def test_a_wrong_body_is_refused_in_googles_form(client, body, sentence):
    error = refusal(client, body)
    assert error["status"] == "INVALID_ARGUMENT"
    assert sentence in error["message"]


def test_wrong_records_and_types_are_refused_with_our_sentences(client, record):
    assert "Record 0:" in refusal(client, {"instances": [{**record, "contract": 7}]})["message"]
    assert "text/csv" in refusal(client, "tenure\n1\n", {"content-type": "text/csv"}, 415)["message"]


def test_a_path_that_the_service_has_itself_is_the_platforms(start, record):
    with start(vertex_predict="/predict", vertex_health="/health") as client:
        client.await_loaded()
        assert client.post(json.dumps({"instances": [record]})).json() == {"predictions": [ANSWER]}
        assert refusal_of_own(client, record)["status"] == "INVALID_ARGUMENT"
        assert client.get("/health").json() == {"status": "ready"}


def refusal_of_own(client, record):
    answer = client.predict([record])
    assert answer.status_code == 400
    return answer.json()["error"]


def test_without_paths_nothing_is_spoken(start, record):
    with start() as client:
        client.await_loaded()
        assert client.post(json.dumps({"instances": [record]}), PREDICT).status_code == 404
        assert client.predict([record]).status_code == 200


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    with running(hand_made_bundle(tmp_path_factory.mktemp("bundle"))) as client:
        client.await_loaded()
        yield client.app.serving.served.model


@settings(max_examples=examples(200), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(st.binary() | st.binary().map(lambda rest: b'{"instances": [' + rest + b"]}"))
def test_any_bytes_are_a_question_or_a_refusal(model, body):
    status = 200
    try:
        question = Instances().read(model, body, {})
        assert isinstance(question, Question)
        question.read(model.values)
    except Refusal as refusal:
        status = refused(refusal, "id").status
    assert status in {200, 400, 413}
