"""Which problems are listed where there are more than an answer may hold."""

import json

import pytest

from service.problems import PROBLEMS_LIMIT, PROBLEMS_LIMIT_BYTES
from tests.unit.service.conftest import SCHEMA

REQUIRED = sum(not field.nullable for field in SCHEMA.fields)
LONG = {"x" * 90: "\u0001" * 80}  # one problem of more than a kilobyte, for each control character is written \u0001


def refused(client, body):
    answer = client.post(body)
    assert answer.status_code == 422, answer.text
    return answer.json()


def reported(client, body):
    answer = client.post(body, "/predict?on_error=report")
    assert answer.status_code == 200, answer.text
    return [prediction["error"] for prediction in answer.json()["predictions"]], answer


def size_bytes(errors):
    return sum(len(json.dumps(error, separators=(",", ":"), ensure_ascii=False).encode()) + 1 for error in errors)


def test_all_is_listed_where_there_is_room(client):
    document = refused(client, "[{},{}]")
    assert len(document["errors"]) == 2 * REQUIRED
    assert document["detail"] == f"2 of 2 records cannot be scored ({2 * REQUIRED} problems); nothing was scored."


def test_a_refusal_lists_the_first_problem_of_each_record_before_any_other_and_counts_all(client):
    document = refused(client, json.dumps([{}] * 900))
    errors = document["errors"]
    assert len(errors) <= PROBLEMS_LIMIT
    assert {error["index"] for error in errors} == set(range(900))
    assert [error["index"] for error in errors] == sorted(error["index"] for error in errors)
    assert document["detail"].startswith(
        f"900 of 900 records cannot be scored ({900 * REQUIRED:,} problems); nothing was scored. "
        f"{len(errors):,} of the problems are listed, the first of each record before any other; "
        "an answer lists at most 1,000 problems, and 256 KB of them."
    )


def test_no_more_than_a_thousand_problems_are_listed(client):
    document = refused(client, json.dumps([{}] * 5000))
    assert len(document["errors"]) == PROBLEMS_LIMIT
    assert [error["index"] for error in document["errors"]] == list(range(PROBLEMS_LIMIT))


def test_no_more_than_256_kilobytes_of_problems_are_listed(client, record):
    document = refused(client, json.dumps([{**record, **LONG}] * 2000))
    assert 0 < len(document["errors"]) < PROBLEMS_LIMIT
    size = size_bytes(document["errors"])
    assert size <= PROBLEMS_LIMIT_BYTES
    assert size > PROBLEMS_LIMIT_BYTES - size_bytes(document["errors"][:2])
    assert "(2,000 problems)" in document["detail"]


def test_a_report_keeps_place_and_count_of_every_record(client, record):
    records = [{"customer_id": index} for index in range(1500)] + [record]
    answer = client.predict(records, "?on_error=report")
    predictions = answer.json()["predictions"]
    assert len(predictions) == 1501
    assert predictions[-1]["churn_probability"] == 0.5
    errors = [prediction["error"] for prediction in predictions[:-1]]
    assert [prediction["customer_id"] for prediction in predictions[:-1]] == list(range(1500))
    assert [len(error["errors"]) for error in errors] == [1] * 1000 + [0] * 500
    assert all(
        error["detail"].startswith(f"The record has {REQUIRED} problems and was not scored.") for error in errors
    )
    assert "1 of them is listed" in errors[0]["detail"]
    assert "Not listed here" in errors[-1]["detail"]


def test_a_report_lists_further_problems_in_order_while_there_is_room(client):
    errors, _ = reported(client, json.dumps([{}] * 300))
    listed = [len(error["errors"]) for error in errors]
    assert min(listed) == 1
    assert listed[0] == REQUIRED
    assert listed == sorted(listed, reverse=True)
    assert sum(listed) <= PROBLEMS_LIMIT
    assert [error["index"] for error in errors[299]["errors"]] == [299]


@pytest.mark.parametrize("query", ["", "?on_error=report"])
def test_an_answer_does_not_outgrow_its_request_by_orders(client, query):
    answer = client.post("[" + "{}," * 9999 + "{}]", f"/predict{query}")
    assert len(answer.content) < (1_500_000 if query else 300_000)


def test_what_an_unknown_name_meant_is_guessed_for_the_first_names_only(client, record):
    errors = refused(client, json.dumps([{**record, f"tenur{index}": 1} for index in range(200)]))["errors"]
    guessed = ["did you mean tenure?" in error["expected"] for error in errors]
    assert guessed[0]
    assert not guessed[-1]
    again = refused(client, json.dumps([{**record, "tenur": 1}] * 200))["errors"]
    assert all("did you mean tenure?" in error["expected"] for error in again)
