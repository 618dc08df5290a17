"""A thousand records, good and bad, are answered as they were when the answers were recorded.

Byte for byte but for probabilities, whose last digits depend on the processor.
"""

import os
import re

import pytest

from churn.bundle import open_bundle
from churn.scoring import Scorer
from tests.unit.service.conftest import DOORS, running
from tests.unit.service.recorded import ask_all, record, recorded, requests

PROBABILITY = re.compile(r'(?<="churn_probability":)[^,]+')


@pytest.fixture(scope="module", params=DOORS)
def door(request):
    return request.param


@pytest.fixture(scope="module")
def shipped(shipped_bundle, door):
    bundle = open_bundle(shipped_bundle)
    with running(bundle, open_scorer=Scorer.open, door=door) as client:
        client.await_loaded()
        yield client, bundle.schema


@pytest.mark.skipif("RECORD_ANSWERS" not in os.environ, reason="records the answers anew")
def test_record_anew(client, schema, shipped):
    record({"hand-made": ask_all(client, schema), "shipped": ask_all(*shipped)})


def compare(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one["query"], one["body"]) == (other["query"], other["body"])
        assert (one["status"], PROBABILITY.sub("p", one["answer"])) == (
            other["status"],
            PROBABILITY.sub("p", other["answer"]),
        )
        assert [float(p) for p in PROBABILITY.findall(one["answer"])] == pytest.approx(
            [float(p) for p in PROBABILITY.findall(other["answer"])], abs=1e-6
        )


def test_the_hand_made_bundle_answers_as_recorded(client, schema):
    compare(ask_all(client, schema), recorded()["hand-made"])


def test_the_shipped_bundle_answers_as_recorded(shipped):
    compare(ask_all(*shipped), recorded()["shipped"])


def test_good_and_bad_are_among_the_recorded(schema):
    answers = [answer for found in recorded().values() for answer in found]
    assert {answer["status"] for answer in answers} == {200, 400, 422}
    text = "".join(answer["answer"] for answer in answers)
    for part in ('"warnings":[', '"error":{', '"customer_id":"Zoë"', "did you mean", "unseen_level"):
        assert part in text, part
    assert sum(body.count('"contract"') for _, body in requests(schema)) > 300
