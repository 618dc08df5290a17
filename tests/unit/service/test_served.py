"""What is made from a bundle is one value: it moves whole, and the old one goes."""

import os
import subprocess
import sys
import weakref
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from churn.bundle import Bands
from churn.engines.base import FakeEngine
from churn.schema import Field, Schema
from churn.scoring import Scorer

DAY = date(2024, 6, 30)
PROJECT = Path(__file__).parents[3]


@pytest.fixture
def other(bundle):
    """Another bundle: another name, one field more."""
    schema = bundle.schema
    grown = replace(schema, fields=(*schema.fields, Field("loyalty", "number", nullable=True)))
    manifest = replace(bundle.manifest, name="other", version="2", threshold=0.7, bands=Bands(0.7, 0.9))
    return replace(bundle, manifest=manifest, schema=grown)


def told(client):
    """Say of which bundle each reading tells: by its name where it has one, and by the field that one has."""
    model, schema, openapi = (client.get(path).json() for path in ("/model", "/schema", "/openapi.json"))
    fields = [field["name"] for field in schema["fields"]]
    docs = client.get("/docs").text
    return {
        "model": model["name"],
        "model's schema": model["schema_digest"],
        "schema": "loyalty" in fields,
        "record": "loyalty" in schema["record"]["properties"],
        "openapi": openapi["info"]["title"],
        "openapi's record": "loyalty" in openapi["components"]["schemas"]["Record"]["properties"],
        "docs": "loyalty" in docs,
        "docs' title": "Churn service: other" in docs,
    }


def test_after_a_swap_every_reading_and_every_answer_tells_of_the_same_bundle(client, bundle, other, record):
    before = told(client)
    client.app.loader.load(other, DAY)
    assert told(client) == {
        "model": "other",
        "model's schema": other.schema.digest(),
        "schema": True,
        "record": True,
        "openapi": "Churn service: other",
        "openapi's record": True,
        "docs": True,
        "docs' title": True,
    }
    answer = client.predict({**record, "loyalty": 3.5}).json()
    assert answer["model"] == {"name": "other", "version": "2"}
    assert answer["predictions"][0]["churn"] is False  # 0.5 is below its threshold
    client.app.loader.load(bundle, DAY)
    assert told(client) == before
    assert client.predict({**record, "loyalty": 3.5}).status_code == 422


def test_a_bundle_that_cannot_be_loaded_leaves_all_as_it_was(start, open_fake, bundle, other, record):
    def open_all_but_other(opened, *more):
        assert opened.manifest.name != "other"
        return open_fake(opened, *more)

    with start(open_scorer=open_all_but_other) as client:
        client.await_loaded()
        before = told(client)
        client.app.loader.load(other, DAY)
        assert told(client) == before
        assert client.predict(record).json()["model"]["name"] == "telco"


class Closing(FakeEngine):
    closed = 0

    def close(self):
        Closing.closed += 1


@pytest.fixture
def swapping(start):
    def open_scorer(bundle, _engine, _as_of):
        return Scorer(bundle.schema, Closing(), 0.4, (0.3, 0.6))

    with start(open_scorer=open_scorer) as client:
        client.await_loaded()
        yield client


SWAPS = """
import gc
from datetime import date
from pathlib import Path
from tests.unit.service.conftest import hand_made_bundle, running

with running(bundle := hand_made_bundle(Path.cwd()), settles=True) as client:
    client.await_loaded()
    for swaps in (40, 50):  # the typing caches are full by then
        for _ in range(swaps):
            client.app.loader.load(bundle, date(2024, 6, 30))
        print(gc.get_freeze_count())
"""


def test_fifty_swaps_leave_nothing_behind(tmp_path):
    """In a process of its own, whose objects are those of the service alone."""
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    ran = subprocess.run(
        [sys.executable, "-c", SWAPS], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    settled, after = map(int, ran.stdout.split())
    assert after - settled < 50  # it was 305 for each swap


def test_every_swap_closes_what_was_served(swapping, bundle):
    closed = Closing.closed
    for _ in range(3):
        swapping.app.loader.load(bundle, DAY)
    assert Closing.closed == closed + 3


def test_a_request_that_is_under_way_finishes_with_the_model_that_it_began_with(swapping, bundle, record):
    model = swapping.app.serving.served.model
    closed, gone = Closing.closed, weakref.ref(model)
    swapping.app.loader.load(bundle, DAY)
    assert Closing.closed == closed
    assert model.scorer.score(model.scorer.read([record])).probability.tolist() == [0.5]
    del model
    assert gone() is None
    assert Closing.closed == closed + 1


def test_a_schema_that_changes_its_day_is_told_with_it(client, bundle):
    assert isinstance(bundle.schema, Schema)
    client.app.loader.load(replace(bundle, schema=bundle.schema.with_as_of(date(2031, 1, 1))), DAY)
    assert client.get("/model").json()["as_of"] == client.get("/schema").json()["as_of"] == "2031-01-01"


def test_what_is_told_is_made_once_for_the_same_bundle_and_day(client, bundle, other):
    first = client.app.serving.served
    client.app.loader.load(bundle, DAY)
    again = client.app.serving.served
    assert again.model is not first.model
    assert again.openapi is first.openapi
    client.app.loader.load(other, DAY)
    assert client.app.serving.served.openapi is not first.openapi
