"""What a right request is answered."""

import asyncio
import json
import math
import threading

import httpx
import numpy as np
import pytest

from churn.engines.base import FakeEngine
from churn.scoring import Scorer

JSON = {"content-type": "application/json"}


class ByTenure(FakeEngine):
    """Answers tenure / 100."""

    def predict(self, columns):
        return columns.numbers[:, 0] / 100


def open_by_tenure(bundle, engine, as_of):
    return Scorer(bundle.schema, ByTenure(), 0.4, (0.3, 0.6))


@pytest.fixture
def by_tenure(start, bundle):
    bundle.golden["probabilities"][:] = [0.12]
    with start(open_scorer=open_by_tenure) as client:
        client.await_loaded()
        yield client


def test_the_answer_has_the_promised_form(client, record):
    answer = client.predict([{**record, "customer_id": "7590"}])
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "model": {"name": "telco", "version": "2024-06-30.1"},
        "predictions": [{"customer_id": "7590", "churn_probability": 0.5, "churn": True, "risk": "medium"}],
    }


def test_one_record_object_is_answered_like_an_array_of_one(client, record):
    assert client.predict(record).content == client.predict([record]).content
    assert client.post("\n " + json.dumps(record)).content == client.predict([record]).content


def test_every_record_has_its_own_answer_in_order(by_tenure, record):
    tenures = [5, 45, 70, 0, 30, 60]
    predictions = by_tenure.predict([{**record, "tenure": t} for t in tenures]).json()["predictions"]
    assert [p["churn_probability"] for p in predictions] == [t / 100 for t in tenures]
    assert [p["churn"] for p in predictions] == [t >= 40 for t in tenures]
    assert [p["risk"] for p in predictions] == ["low", "medium", "high", "low", "medium", "high"]


def test_a_large_batch_is_answered_in_order_too(by_tenure, record):
    records = [{**record, "tenure": i % 100, "customer_id": i} for i in range(5000)]
    predictions = by_tenure.predict(records).json()["predictions"]
    assert [p["customer_id"] for p in predictions] == list(range(5000))
    assert [p["churn_probability"] for p in predictions] == [i % 100 / 100 for i in range(5000)]


def test_good_and_bad_records_keep_their_places(by_tenure, record):
    records = [{**record, "tenure": t} for t in (1, "x", 3, None, 5.0)]
    predictions = by_tenure.predict(records, "?on_error=report").json()["predictions"]
    assert [p.get("churn_probability") for p in predictions] == [0.01, None, 0.03, None, 0.05]


@pytest.mark.parametrize("identity", ["7590-VHVEG", "", 'q"uo\\te', "Zoë\n", 0, -5, 2**63 - 1])
@pytest.mark.parametrize("name", ["customer_id", "customerID"])
def test_the_identifier_comes_back_unchanged(client, record, name, identity):
    prediction = client.predict({**record, name: identity}).json()["predictions"][0]
    assert prediction["customer_id"] == identity
    assert type(prediction["customer_id"]) is type(identity)


def test_without_an_identifier_none_comes_back(client, record):
    assert client.predict(record).json()["predictions"][0].keys() == {"churn_probability", "churn", "risk"}


def test_customer_id_counts_where_both_names_are_given(client, record):
    prediction = client.predict({**record, "customerID": "a", "customer_id": "b"}).json()["predictions"][0]
    assert prediction["customer_id"] == "b"


def test_nullable_fields_may_be_null_or_absent(client, record):
    for name in ("total", "share", "offer", "seen"):
        null = client.predict({**record, name: None})
        del record[name]
        absent = client.predict(record)
        assert (null.status_code, absent.status_code) == (200, 200)
    warned = absent.json()["predictions"][0]["warnings"]
    assert {w["code"] for w in warned} == {"missing_value"}
    assert {w["field"] for w in warned} == {"total", "share", "offer", "seen"}


@pytest.mark.parametrize(
    ("field", "value"), [("share", -999), ("offer", "?"), ("offer", ""), ("seen", "-"), ("seen", "")]
)
def test_markers_of_missing_values_are_taken_as_missing(client, record, field, value):
    answer = client.predict({**record, field: value})
    assert answer.status_code == 200, answer.text
    assert [(w["field"], w["code"]) for w in answer.json()["predictions"][0]["warnings"]] == [(field, "missing_value")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenure", 5.0),
        ("tenure", 2.0e1),
        ("senior", 1.0),
        ("calls", 99),
        ("charges", 70),
        ("at", "13:45:12.5"),
        ("joined", "2020-05-17T10:00"),
    ],
)
def test_right_values_in_another_dress_are_taken(client, record, field, value):
    answer = client.predict({**record, field: value})
    assert answer.status_code == 200, answer.text
    assert "warnings" not in answer.json()["predictions"][0]


def test_warnings_stand_at_their_record_only(client, record):
    predictions = client.predict([record, {**record, "contract": "x"}, record]).json()["predictions"]
    assert ["warnings" in p for p in predictions] == [False, True, False]
    warning = predictions[1]["warnings"][0]
    assert warning.keys() == {"field", "code", "message"}


def test_probabilities_are_written_in_the_digits_that_32_bits_hold(start, bundle, record):
    exact = float(np.nextafter(np.float32(0.1), np.float32(1)))

    def open_exact(bundle, engine, as_of):
        return Scorer(bundle.schema, FakeEngine(exact), 0.4, (0.3, 0.6))

    bundle.golden["probabilities"][:] = [exact]
    with start(open_scorer=open_exact) as client:
        client.await_loaded()
        assert '"churn_probability":0.10000001,' in client.predict(record).text


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.1])
def test_what_is_no_probability_never_leaves(client, start, record, value):
    class Broken(FakeEngine):
        def predict(self, columns):
            return np.full(len(columns), self.probability)

    engine = Broken(0.5)
    with start(open_scorer=lambda b, e, a: Scorer(b.schema, engine, 0.4, (0.3, 0.6))) as broken:
        broken.await_loaded()
        engine.probability = value
        answer = broken.predict(record)
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"


def test_on_error_refuse_is_the_same_as_nothing(client, record):
    assert client.predict(record, "?on_error=refuse").status_code == 200
    assert client.predict([record, 1], "?on_error=refuse").status_code == 422


def test_the_day_that_dates_count_back_from_can_be_chosen(start, bundle, record):
    from datetime import date

    seen = []

    class Spy(FakeEngine):
        def predict(self, columns):
            seen.append(columns.numbers[0].tolist())
            return super().predict(columns)

    def open_spy(bundle, engine, as_of):
        return Scorer(bundle.schema if as_of is None else bundle.schema.with_as_of(as_of), Spy(), 0.4, (0.3, 0.6))

    with start(open_scorer=open_spy, as_of=date(2024, 7, 10)) as client:
        client.await_loaded()
        client.predict(record)
        assert client.get("/model").json()["as_of"] == "2024-07-10"
    column = [f.name for f in bundle.schema.numbers].index("joined")
    assert seen[-1][column] - seen[0][column] == 10  # the golden rows are counted from the bundle's own day


@pytest.mark.parametrize("sent", ["abc-123", "x" * 128, '"quoted\\'])
def test_a_fit_request_id_comes_back(client, record, sent):
    answer = client.post(json.dumps(record), headers={**JSON, "x-request-id": sent})
    assert answer.headers["x-request-id"] == sent
    assert client.log()[-1]["request_id"] == sent
    assert client.get("/health/live", headers={"x-request-id": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", [b"", b"x" * 129, b"two words", "Zoë".encode(), b"a\tb"])
def test_an_unfit_request_id_is_replaced(client, record, sent):
    headers = [(b"content-type", b"application/json"), (b"x-request-id", sent)]
    answer = client.ask("POST", "/predict", content=json.dumps(record), headers=headers)
    assert answer.status_code == 200
    assert len(answer.headers["x-request-id"]) == 32


def test_request_ids_differ(client):
    assert client.get("/health/live").headers["x-request-id"] != client.get("/health/live").headers["x-request-id"]


@pytest.fixture
def threads_of_answers(monkeypatch):
    """The names of the threads that took the exact look, in order."""
    from service.formats.json_body.reading import BodyReader

    names = []
    read = BodyReader.read_exactly

    def spy(self, body, *, report):
        names.append(threading.current_thread().name)
        return read(self, body, report=report)

    monkeypatch.setattr(BodyReader, "read_exactly", spy)
    return names


@pytest.mark.parametrize("size", [1, 700, 9000])
def test_wrong_arrays_are_looked_at_beside_the_event_loop(client, threads_of_answers, size):
    assert client.post("[" + ",".join(["{}"] * size) + "]").status_code == 422
    assert [name.rpartition("_")[0] for name in threads_of_answers] == ["exact"]


def test_one_small_wrong_record_is_answered_at_once(client, threads_of_answers):
    assert client.post("{}").status_code == 422
    assert threads_of_answers == [threading.current_thread().name]


def test_large_right_bodies_do_not_wait_behind_wrong_ones(client, record, threads_of_answers):
    assert client.predict([record] * 5000).status_code == 200
    assert threads_of_answers == []


def test_where_too_much_waits_for_a_thread_the_rest_is_told_to_come_again_and_nothing_taken_is_lost(start, record):
    gate = threading.Event()

    class Slow(FakeEngine):
        def predict(self, columns):
            if len(columns) > 100:
                gate.wait(30)
            return super().predict(columns)

    body = json.dumps([record] * 700)
    limit_bytes = len(body) + 1
    scorer = lambda bundle, _engine, _as_of: Scorer(bundle.schema, Slow(), 0.4, (0.3, 0.6))  # noqa: E731
    with start(open_scorer=scorer, body_limit_bytes=limit_bytes) as client:
        client.await_loaded()

        async def crowd():
            transport = httpx.ASGITransport(client.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as caller:
                asked = [asyncio.create_task(caller.post("/predict", content=body, headers=JSON)) for _ in range(7)]
                done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
                gate.set()
                return done, await asyncio.gather(*asked)

        first, answers = client.run(crowd())
        assert {task.result().status_code for task in first} == {429}
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(200) == 4
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.headers["retry-after"] == "1"
        assert "Too much waits to be answered" in refused.json()["detail"]
        assert all(len(answer.json()["predictions"]) == 700 for answer in answers if answer.status_code == 200)
