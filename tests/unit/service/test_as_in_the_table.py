"""A record as a company's own table has it: with the columns that training left out, and with numbers as text."""

import json
import re
from dataclasses import replace

import pytest

from churn.records import RecordReader
from churn.scoring import Scorer
from service.formats.json_body.reading import BodyReader
from tests.unit.service.conftest import DOORS, RECORD, SCHEMA, hand_made_bundle, running
from tests.unit.service.test_questions import Linear, with_reasons

TEXT_TOO = replace(
    SCHEMA,
    fields=tuple(
        replace(field, missing_markers=("?", " ")) if field.name in {"total", "tenure"} else field
        for field in SCHEMA.fields
    ),
)
"""``total`` and ``tenure`` were text in the table of the training; ``tenure`` may not be missing all the same."""
ECONOMICS = {"value": 100, "contact_cost": 1, "contact_success": 0.5}
LEFT_OUT = {"RowNumber": 17, "churn": "Yes"}


@pytest.fixture(scope="module", params=DOORS)
def client(request, tmp_path_factory):
    """A service that gives reasons, whose log-odds follow the tenure."""
    bundle = with_reasons(tmp_path_factory.mktemp("text"), TEXT_TOO)
    scorer = lambda bundle, *_: Scorer(bundle.schema, Linear(), 0.4, (0.3, 0.6))  # noqa: E731
    with running(bundle, open_scorer=scorer, door=request.param) as client:
        client.await_loaded()
        yield client


def ask_all(client, record):
    """Return what every endpoint answers about a record, and about it among others."""
    other = {**RECORD, "tenure": 40}
    asked = [
        ("/predict", record),
        ("/predict", [other, record]),
        ("/predict?on_error=report", [record, {**other, "tenure": "x"}]),
        ("/predict?explain=2", record),
        ("/explain", [record, other]),
        ("/decide", {"records": [other, record], **ECONOMICS}),
        ("/whatif", {"record": record, "changes": {"tenure": 30}}),
        ("/whatif", {"record": record, "try": {"tenure": [12, 13], "total": [850.5, 3]}}),
    ]
    answers = [client.post(json.dumps(body), path) for path, body in asked]
    assert [answer.status_code for answer in answers] == [200] * len(asked), [answer.text for answer in answers]
    return [answer.json() for answer in answers]


@pytest.mark.parametrize("value", [17, "text", None, True, [1, {"a": 2}], {"a": {"b": ":"}}, "x" * 5_000, 1e300])
def test_fields_that_training_left_out_change_no_answer_whatever_they_hold(client, value):
    sent = {"churn": value, **RECORD, "RowNumber": value}
    assert client.predict(sent).json() == client.predict(RECORD).json()


def test_fields_that_training_left_out_change_no_answer_of_any_endpoint(client):
    assert ask_all(client, {**RECORD, **LEFT_OUT}) == ask_all(client, RECORD)


def test_fields_that_training_left_out_are_read_the_quick_way():
    reader = BodyReader(TEXT_TOO, RecordReader(TEXT_TOO).read, 10)
    for body in ({**RECORD, **LEFT_OUT}, [{**LEFT_OUT, **RECORD}] * 3):
        assert reader.check_quickly(json.dumps(body).encode()) is not None
    strict = BodyReader(TEXT_TOO, RecordReader(TEXT_TOO).read, 10, ignores=False)
    assert strict.check_quickly(json.dumps({**RECORD, **LEFT_OUT}).encode()) is None


@pytest.mark.parametrize(("text", "number"), [("850.5", 850.5), (" 850.5 ", 850.5), ("+8.505e2", 850.5), ("007", 7)])
def test_a_number_that_the_table_had_as_text_may_come_as_text(client, text, number):
    assert ask_all(client, {**RECORD, "total": text}) == ask_all(client, {**RECORD, "total": number})


def test_a_whole_number_may_come_as_text_too(client):
    for text in ("12", " 12 ", "12.0", "1.2e1"):
        assert ask_all(client, {**RECORD, "tenure": text}) == ask_all(client, RECORD)


@pytest.mark.parametrize("text", ["", " ", "?", " ? "])
def test_a_blank_and_a_marker_are_missing_where_the_field_may_be(client, text):
    missing = client.predict({**RECORD, "total": text}).json()
    assert missing == client.predict({**RECORD, "total": None}).json()
    assert [warning["code"] for warning in missing["predictions"][0]["warnings"]] == ["missing_value"]


@pytest.mark.parametrize(
    ("field", "text", "received"),
    [
        ("total", "12 EUR", '"12 EUR"'),
        ("total", "1,5", '"1,5"'),
        ("total", "nan", '"nan"'),
        ("total", "0x10", '"0x10"'),
        ("total", "1_0", '"1_0"'),
        ("total", "\u0663", '"\u0663"'),
        ("total", "1e400", '"1e400" (not a finite 64-bit number)'),
        ("total", "9" * 30, f'"{"9" * 30}" (beyond 64 bits)'),
        ("tenure", "12.5", '"12.5"'),
        ("tenure", "", '""'),
        ("tenure", "?", '"?"'),
        ("charges", "70.35", '"70.35" (text; send the number without quotes)'),
    ],
)
def test_any_other_text_is_refused(client, field, text, received):
    answer = client.predict({**RECORD, field: text})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["received"]) == (field, received)
    assert error["expected"] == TEXT_TOO.by_name[field].expected()


def test_a_text_of_very_many_digits_is_refused(client):
    answer = client.predict({**RECORD, "total": "1" * 1_000_000})
    assert answer.status_code == 422
    assert len(answer.content) < 2_000


@pytest.mark.parametrize("page", ["/schema", "/openapi.json"])
def test_what_is_accepted_and_ignored_is_told(client, page):
    told = client.get(page).json()
    record = told["record"] if page == "/schema" else told["components"]["schemas"]["Record"]
    assert {name for name, said in record["properties"].items() if said.get("x-ignored")} == {"RowNumber", "churn"}
    assert record["properties"]["RowNumber"]["description"] == (
        "Accepted and ignored: training left the column out (it counts the rows)."
    )
    assert record["properties"]["total"]["type"] == ["number", "string", "null"]
    assert record["properties"]["charges"]["type"] == "number"


def test_where_they_are_refused_nothing_is_told_as_ignored(tmp_path):
    with running(hand_made_bundle(tmp_path), ignored_fields="refuse") as strict:
        strict.await_loaded()
        assert strict.predict(RECORD).status_code == 200
        assert strict.predict({**RECORD, **LEFT_OUT}).status_code == 422
        record = strict.get("/schema").json()["record"]
        assert record == strict.get("/openapi.json").json()["components"]["schemas"]["Record"]
        assert LEFT_OUT.keys().isdisjoint(record["properties"])


def test_a_name_that_is_a_field_or_the_identifier_is_not_ignored(tmp_path):
    odd = (("tenure", "dropped"), ("customerID", "it names the customers"), *SCHEMA.ignored)
    bundle = replace(hand_made_bundle(tmp_path), schema=replace(SCHEMA, ignored=odd))
    with running(bundle) as client:
        client.await_loaded()
        assert client.predict({**RECORD, "tenure": "x"}).status_code == 422
        assert client.predict({**RECORD, "customerID": 7}).json()["predictions"][0]["customer_id"] == 7


@pytest.mark.parametrize("door", DOORS)
def test_a_number_may_come_as_people_write_it_where_the_table_had_it_so(tmp_path, door):
    spelled = replace(
        SCHEMA,
        fields=tuple(replace(f, decimal=",", unit="€") if f.name == "total" else f for f in SCHEMA.fields),
    )
    bundle = with_reasons(tmp_path, spelled)
    scorer = lambda bundle, *_: Scorer(bundle.schema, Linear(), 0.4, (0.3, 0.6))  # noqa: E731
    with running(bundle, open_scorer=scorer, door=door) as client:
        client.await_loaded()
        for text, number in (("1.850,5", 1850.5), ("€ 1.850,50", 1850.5), ("1850", 1850)):
            assert ask_all(client, {**RECORD, "total": text}) == ask_all(client, {**RECORD, "total": number})
        for text in ("1,850.5", "5 USD", "much"):
            refused = client.predict({**RECORD, "total": text})
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["field"] == "total"


@pytest.mark.parametrize("text", ["850.5", " 7 ", "+1e2", ".5", "", " ", "?", "? ", "x", "1,5", "--", "1 2", "nan"])
def test_the_schema_says_which_texts_are_taken(client, text):
    said = client.get("/schema").json()["record"]["properties"]["total"]
    assert "string" in said["type"]
    is_taken = client.predict({**RECORD, "total": text}).status_code == 200
    assert bool(re.search(said["pattern"], text)) == is_taken
