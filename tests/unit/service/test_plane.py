import sys

import pytest

from churn.batch import Batch, Refused
from churn.errors import Problem
from service.plane import NotReadyError, Plane


@pytest.fixture
def plane(client):
    return Plane(client.app.serving)


def test_a_batch_from_any_door_is_answered(plane, record):
    model = plane.model()
    refused = {1: Refused(1, [Problem(1, "tenure", "nothing", "a whole number")])}
    batch = Batch(model.scorer.read([record, {**record, "contract": "never seen"}]), ["a", "b", "c"], refused)
    answers = plane.answer(model, batch)
    assert len(answers) == 3
    assert answers.scores.probability.tolist() == [0.5, 0.5]
    assert list(answers.warnings) == [1]
    assert answers.batch.identifiers == ["a", "b", "c"]


def test_without_a_model_it_says_why(start):
    def refuse(*_):
        raise AssertionError

    with start(open_scorer=refuse) as client, pytest.raises(NotReadyError, match="loaded"):
        Plane(client.app.serving).model()


def test_it_knows_no_http_and_no_format():
    import service.plane

    names = {getattr(value, "__module__", "") for value in vars(service.plane).values()}
    assert not {name for name in names if name.startswith(("fastapi", "starlette", "uvicorn", "service.api"))}
    assert "service.plane" in sys.modules
