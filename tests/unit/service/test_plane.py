import asyncio
import json
import sys
from datetime import date

import pytest

from churn.batch import Batch, Refused
from churn.errors import Problem
from service.plane import Asked, NotReadyError, Plane


@pytest.fixture
def plane(client):
    return Plane(client.app.serving, limit_s=60)


def test_a_batch_from_any_door_is_answered(plane, record):
    model = plane.model()
    refused = {1: Refused(1, [Problem(1, "tenure", "nothing", "a whole number")])}
    batch = Batch(model.scorer.read([record, {**record, "contract": "never seen"}]), ["a", "b", "c"], refused)
    answers = plane.answer(model, batch)
    assert len(answers) == 3
    assert answers.scores.probability.tolist() == [0.5, 0.5]
    assert list(answers.warnings) == [1]
    assert answers.batch.identifiers == ["a", "b", "c"]


def test_customers_of_several_requests_are_answered_together_each_as_alone(plane, client, record):
    model = plane.model()
    odd = {**record, "contract": "never seen"}
    requests = [[record], [odd, record], [record], [odd]]

    async def together():
        asked = [Asked(model, json.dumps(records).encode(), len(records)) for records in requests]
        return await asyncio.gather(*map(plane.answer_soon, asked))

    found = client.run(together())
    for share, records in zip(found, requests, strict=True):
        alone = plane.answer(model, Batch(model.scorer.read(records), list(range(len(records))), {}))
        own = slice(share.start, share.start + len(records))
        assert len(share.request.records) == len(records)
        assert share.answers.scores.probability[own].tolist() == alone.scores.probability.tolist()
        assert share.answers.scores.risk[own].tolist() == alone.scores.risk.tolist()
        assert share.warnings == alone.warnings
    assert model.scorer._engine.calls[-5] == 5  # all at once, before each alone


def test_while_models_are_swapped_each_request_gets_that_which_checked_it(plane, client, bundle, record):
    older = plane.model()
    client.app.loader.load(bundle, date(2031, 1, 1))
    newer = plane.model()

    async def together():
        asked = [Asked(model, json.dumps(record).encode(), 1) for model in (older, newer, older)]
        return await asyncio.gather(*map(plane.answer_soon, asked))

    before = [len(model.scorer._engine.calls) for model in (older, newer)]
    assert len(client.run(together())) == 3
    assert [len(model.scorer._engine.calls) for model in (older, newer)] == [before[0] + 2, before[1] + 1]


def test_without_a_model_it_says_why(start):
    def refuse(*_):
        raise AssertionError

    with start(open_scorer=refuse) as client, pytest.raises(NotReadyError, match="loaded"):
        Plane(client.app.serving, limit_s=60).model()


def test_it_knows_no_http_and_no_format():
    import service.plane

    names = {getattr(value, "__module__", "") for value in vars(service.plane).values()}
    assert not {name for name in names if name.startswith(("fastapi", "starlette", "uvicorn", "service.api"))}
    assert "service.plane" in sys.modules
