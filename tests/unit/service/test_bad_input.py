"""Every bad input that the contract names, one test each."""

import json

import pytest

from tests.unit.service.conftest import DOORS

JSON = {"content-type": "application/json"}


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def problem(answer, status):
    """Return the problem document of an answer, checked for what every one of them has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["type"].startswith("/docs#")
    assert document["title"]
    assert document["detail"]
    assert document["instance"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
    return document


def only_error(answer):
    """Return the one problem of a 422."""
    errors = problem(answer, 422)["errors"]
    assert len(errors) == 1, errors
    assert errors[0].keys() == {"index", "field", "received", "expected", "message"}
    return errors[0]


# --- bodies that are no JSON ------------------------------------------------------------------------


def test_a_body_that_is_no_json_is_told_where_it_breaks_off(client):
    detail = problem(client.post("[{tenure: 1}]"), 400)["detail"]
    assert "line 1 column 3" in detail
    assert "JSON array of customer records" in detail


def test_an_empty_body_is_refused(client):
    assert "empty" in problem(client.post(b""), 400)["detail"]


def test_a_truncated_body_is_refused(client, record):
    assert "line 1 column" in problem(client.post(json.dumps([record])[:-5]), 400)["detail"]


def test_trailing_characters_are_refused(client, record):
    assert "trailing" in problem(client.post(json.dumps(record) + "]"), 400)["detail"]


def test_invalid_utf8_is_told_by_its_byte(client, record):
    body = json.dumps([record]).encode().replace(b'"month"', b'"m\xfcnth"')
    at = body.index(b"\xfc")
    assert f"byte {at} is 0xfc" in problem(client.post(body), 400)["detail"]


def test_a_lone_surrogate_is_refused(client, record):
    body = json.dumps([record]).replace('"month"', '"\\ud800"')
    problem(client.post(body), 400)


def test_deep_nesting_is_refused(client):
    assert "nested too deep" in problem(client.post("[" * 100_000), 400)["detail"]
    assert "nested too deep" in problem(client.post('{"a":' * 5000 + "1" + "}" * 5000), 400)["detail"]


@pytest.mark.parametrize("spaces", ["", " ", "\n"])
def test_duplicate_keys_are_refused(client, record, spaces):
    body = json.dumps(record)[:-1] + f', "tenure"{spaces}: 13}}'
    answer = client.post(f"[{json.dumps(record)}, {body}]")
    assert problem(answer, 400)["detail"] == 'The record at index 1 names "tenure" twice; each field may stand once.'


def test_duplicate_keys_are_refused_in_one_record_and_however_they_are_written(client, record):
    body = json.dumps(record)[:-1] + ', "\\u0074enure": 13}'
    assert "names" in problem(client.post(body), 400)["detail"]


def test_duplicate_keys_hide_neither_behind_colons_in_texts_nor_behind_spaces(client, record):
    for text in ('a\\":b', "a:b", 'x\\" : y'):
        once = json.dumps(record).replace('"month"', f'"{text}"')
        assert client.post(once).status_code == 200
        twice = once.replace('"tenure":', '"tenure" :')[:-1] + ',"tenure":12}'
        problem(client.post(twice), 400)


def test_duplicate_keys_are_refused_in_a_record_with_other_problems_too(client):
    assert '"tenure" twice' in problem(client.post('[{"tenure": "x", "tenure": 1}]'), 400)["detail"]


def test_a_byte_order_mark_does_no_harm(client, record):
    assert client.post(b"\xef\xbb\xbf" + json.dumps(record).encode()).status_code == 200


# --- JSON that holds no record ----------------------------------------------------------------------


def test_an_empty_array_is_refused(client):
    assert problem(client.post("[]"), 422)["detail"].startswith("The array is empty; it holds no customer record.")


@pytest.mark.parametrize("scalar", ["5", '"text"', "true", "null", "1e400", "NaN"])
def test_a_scalar_is_refused(client, scalar):
    assert "holds no customer record" in problem(client.post(scalar), 422)["detail"]


@pytest.mark.parametrize("item", ["5", '"text"', "null", "[]"])
def test_an_item_that_is_no_object_is_refused(client, record, item):
    error = only_error(client.post(f"[{json.dumps(record)}, {item}]"))
    assert (error["index"], error["field"]) == (1, None)
    assert error["expected"] == "an object with the fields of one customer"


# --- headers, sizes, paths --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/csv",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "+json",
        "application/json; charset = utf-16",
        "application/json;charset\t=\tutf-16",
    ],
)
def test_a_wrong_content_type_is_refused(client, record, content_type):
    answer = client.post(json.dumps(record), headers={"content-type": content_type})
    assert "Send application/json" in problem(answer, 415)["detail"]


def test_far_too_many_records_are_told_as_records(client):
    body = "[" + ",".join(['{"tenure": 1}'] * 20_500) + "]"
    assert "as 20,500 records; the limit is 10,000 records." in problem(client.post(body), 413)["detail"]
    question = f'{{"records": {body}}}'
    assert "as 20,500 records; the limit is 10,000 records." in problem(client.post(question, "/decide"), 413)["detail"]
    assert "10,001 records; the limit" in problem(client.post("[" + "{}," * 10_000 + "{}]"), 413)["detail"]


def test_a_missing_content_type_is_refused(client, record):
    assert "no Content-Type" in problem(client.post(json.dumps(record), headers={}), 415)["detail"]


def test_a_compressed_body_is_refused(client):
    headers = {**JSON, "content-encoding": "gzip"}
    assert "Content-Encoding" in problem(client.post(b"\x1f\x8b", headers=headers), 415)["detail"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json;charset=UTF-8",
        "Application/JSON",
        'application/json; charset="utf-8"',
        "application/x+json",
        'application/json; charset = "UTF-8 "',
    ],
)
def test_json_under_its_other_names_is_read(client, record, content_type):
    assert client.post(json.dumps(record), headers={"content-type": content_type}).status_code == 200


def test_a_body_over_the_limit_is_refused(start, record):
    with start(body_limit_bytes=1000) as client:
        client.await_loaded()
        detail = problem(client.post(json.dumps([record] * 10)), 413)["detail"]
        assert "the limit is 1,000 bytes" in detail
        assert "several requests" in detail


@pytest.mark.parametrize("door", ["app"], indirect=True)  # on a wire, nobody can see how much is read
def test_a_body_over_the_limit_is_refused_also_when_chunked_and_no_more_of_it_is_read(start):
    chunks_read = 0

    async def chunks():
        nonlocal chunks_read
        for _ in range(1000):
            chunks_read += 1
            yield b" " * 100

    with start(body_limit_bytes=1000) as client:
        client.await_loaded()
        answer = client.ask("POST", "/predict", content=chunks(), headers=JSON)
        problem(answer, 413)
        assert "content-length" not in answer.request.headers
        assert chunks_read <= 12


def test_too_many_records_are_refused(start, record):
    with start(max_records=3) as client:
        client.await_loaded()
        assert client.predict([record] * 3).status_code == 200
        assert "the limit is 3 records" in problem(client.predict([record] * 4), 413)["detail"]
        assert "the limit is 3 records" in problem(client.predict([record] * 5), 413)["detail"]
        assert "5 records; the limit is 3 records" in problem(client.post("[1,2,3,4,5]"), 413)["detail"]


def test_brackets_in_texts_are_not_counted_as_records(start, record):
    with start(max_records=3) as client:
        client.await_loaded()
        assert client.predict({**record, "contract": '[{[{"\\"[{', "tenure": 5.0}).status_code == 200


def test_millions_of_empty_records_are_refused_before_they_are_built(client):
    assert "the limit is 10,000 records" in problem(client.post("[" + "{}," * 1_000_000 + "{}]"), 413)["detail"]


def test_an_unknown_path_is_refused(client):
    problem(client.get("/nowhere"), 404)
    problem(client.post("{}", "/predict/"), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_a_wrong_method_is_refused(client, method):
    answer = client.ask(method, "/predict")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    problem(client.ask("POST", "/model"), 405)


@pytest.mark.parametrize(
    "query", ["?on_error=ignore", "?on_error=", "?onerror=report", "?on_error=report&on_error=report"]
)
def test_a_wrong_query_parameter_is_refused(client, record, query):
    assert "on_error=report" in problem(client.predict(record, query), 422)["detail"]


# --- records ----------------------------------------------------------------------------------------


def test_an_unknown_field_is_refused_with_a_suggestion(client, record):
    error = only_error(client.predict({**record, "tenur": 3}))
    assert (error["field"], error["received"]) == ("tenur", "3")
    assert error["expected"] == "no field of this name; did you mean tenure?"


@pytest.fixture
def strict(start):
    """The service, which refuses what training left out."""
    with start(ignored_fields="refuse") as client:
        client.await_loaded()
        yield client


def test_a_column_that_training_left_out_is_told_with_the_reason_where_it_is_refused(strict, record):
    error = only_error(strict.predict({**record, "RowNumber": 3}))
    assert error["expected"] == "no field of this name: training left the column out (it counts the rows)"


def test_the_label_is_no_field_where_it_is_refused(strict, record):
    assert "what the model predicts" in only_error(strict.predict({**record, "churn": "No"}))["expected"]


def test_beside_ignored_fields_an_unknown_one_is_still_refused(client, record):
    error = only_error(client.predict({**record, "RowNumber": 3, "churn": None, "RowNumbers": 3, "tenure": 12}))
    assert (error["field"], error["expected"]) == ("RowNumbers", "no field of this name; /schema lists them")


def test_an_ignored_field_that_stands_twice_is_refused(client, record):
    body = json.dumps(record)[:-1] + ', "RowNumber": 1, "RowNumber": 1}'
    assert '"RowNumber" twice' in problem(client.post(body), 400)["detail"]


def test_a_missing_required_field_is_refused(client, record):
    del record["tenure"]
    error = only_error(client.predict(record))
    assert (error["index"], error["field"], error["received"]) == (0, "tenure", "nothing")
    assert error["expected"] == "a whole number"


@pytest.mark.parametrize(
    ("field", "value", "received"),
    [
        ("tenure", "12", '"12" (text; send the number without quotes)'),
        ("tenure", "12 months", '"12 months"'),
        ("tenure", 5.5, "5.5"),
        ("tenure", True, "true"),
        ("tenure", [], "an array"),
        ("charges", "70.35", '"70.35" (text; send the number without quotes)'),
        ("total", " 1e3 ", '" 1e3 " (text; send the number without quotes)'),
        ("total", "", '""'),
        ("charges", False, "false"),
        ("charges", {"a": 1}, "an object"),
        ("share", 1.5, "1.5"),
        ("share", -0.5, "-0.5"),
        ("calls", -1, "-1"),
        ("calls", 100, "100"),
        ("calls", 100.0, "100.0"),
        ("contract", 5, "5"),
        ("contract", True, "true"),
        ("senior", "0", '"0" (text; send the number without quotes)'),
        ("senior", 0.5, "0.5"),
        ("senior", True, "true"),
        ("partner", "Yes", '"Yes"'),
        ("partner", 1, "1"),
        ("joined", "17.05.2020", '"17.05.2020"'),
        ("joined", "2020-02-30", '"2020-02-30"'),
        ("joined", "", '""'),
        ("joined", 20200517, "20200517"),
        ("seen", "2024-01-03", '"2024-01-03"'),
        ("seen", "01/07/2024", '"01/07/2024"'),
        ("at", "25:00", '"25:00"'),
        ("at", "noon", '"noon"'),
        ("at", 13.75, "13.75"),
    ],
)
def test_a_wrong_type_or_value_is_refused(client, schema, record, field, value, received):
    error = only_error(client.predict([record, {**record, field: value}]))
    assert (error["index"], error["field"], error["received"]) == (1, field, received)
    assert error["expected"] == schema.by_name[field].expected()
    assert error["message"] == f"{field}: expected {error['expected']}, received {received}"


@pytest.mark.parametrize("field", ["tenure", "charges", "total", "senior"])
@pytest.mark.parametrize(
    ("number", "received"),
    [("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("1e400", "Infinity")],
)
def test_numbers_that_are_not_finite_are_refused(client, record, field, number, received):
    body = json.dumps({**record, field: 777}).replace("777", number)
    error = only_error(client.post(body))
    assert (error["field"], error["received"]) == (field, f"{received} (not a finite 64-bit number)")


@pytest.mark.parametrize("field", ["tenure", "charges", "total", "senior", "customer_id"])
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, 10**400])
def test_integers_beyond_64_bits_are_refused(client, record, field, number):
    error = only_error(client.predict({**record, field: number}))
    assert error["field"] == field
    assert error["received"].endswith("(beyond 64 bits)")
    assert len(error["received"]) < 150


def test_a_very_long_number_is_told_by_its_length(client, record):
    error = only_error(client.predict({**record, "tenure": 10**4000}))
    assert error["received"] == "a whole number of about 4,001 digits (beyond 64 bits)"


@pytest.mark.parametrize("field", ["contract", "joined", "at", "customer_id"])
def test_a_string_of_a_megabyte_is_refused_and_not_sent_back(client, record, field):
    answer = client.predict({**record, field: "x" * 1_000_000})
    error = only_error(answer)
    assert error["field"] == field
    assert "(1,000,000 characters)" in error["received"]
    assert "longer than 1,000 characters" in error["received"]
    assert len(answer.content) < 2000


def test_a_field_name_of_a_megabyte_is_not_sent_back(client, record):
    answer = client.predict({**record, "x" * 1_000_000: 1})
    only_error(answer)
    assert len(answer.content) < 2000


def test_very_many_unknown_fields_are_counted(client, record):
    answer = client.predict({**record, **{f"f{i}": i for i in range(10_000)}})
    errors = problem(answer, 422)["errors"]
    assert len(errors) == 21
    assert errors[-1]["received"] == "9,980 more unknown fields"


def test_an_unknown_field_is_found_however_colons_stand_in_texts(client, record):
    for text in ('a\\":b', "a:b", 'x\\" : y', ":"):
        body = json.dumps(record).replace('"month"', f'"{text}"')
        assert only_error(client.post(body[:-1] + ', "what" : 1}'))["field"] == "what"


def test_null_is_taken_where_it_may_be_and_warned_of(client, record):
    answer = client.predict({**record, "total": None})
    assert answer.status_code == 200
    assert [(w["field"], w["code"]) for w in answer.json()["predictions"][0]["warnings"]] == [
        ("total", "missing_value")
    ]


def test_null_is_refused_where_it_may_not_be(client, record):
    error = only_error(client.predict({**record, "charges": None}))
    assert (error["field"], error["received"], error["expected"]) == ("charges", "null", "a number")


@pytest.mark.parametrize("value", [None, True, 5.5, [], {}])
def test_an_identifier_is_text_or_a_whole_number(client, record, value):
    assert only_error(client.predict({**record, "customer_id": value}))["field"] == "customer_id"
    assert only_error(client.predict({**record, "customerID": value}))["field"] == "customerID"


def test_a_level_never_seen_is_scored_with_a_warning(client, record):
    answer = client.predict({**record, "contract": "decade"})
    assert answer.status_code == 200
    prediction = answer.json()["predictions"][0]
    assert [(w["field"], w["code"]) for w in prediction["warnings"]] == [("contract", "unseen_level")]
    assert client.predict({**record, "senior": 7}).json()["predictions"][0]["warnings"][0]["code"] == "unseen_level"


def test_a_number_outside_the_training_range_is_scored_with_a_warning(client, record):
    answer = client.predict({**record, "tenure": 1000, "charges": 1e300})
    assert answer.status_code == 200
    prediction = answer.json()["predictions"][0]
    assert {(w["field"], w["code"]) for w in prediction["warnings"]} == {
        ("tenure", "out_of_training_range"),
        ("charges", "out_of_training_range"),
    }


def test_every_problem_of_every_record_is_listed(client, record):
    bad = {**record, "tenure": "x", "contract": 5}
    del bad["at"]
    errors = problem(client.predict([bad, record, 7, {**record, "what": 1}]), 422)["errors"]
    assert [(e["index"], e["field"]) for e in errors] == [
        (0, "tenure"), (0, "contract"), (0, "at"), (2, None), (3, "what"),
    ]  # fmt: skip


def test_one_bad_record_among_199_good_ones_refuses_all(client, record):
    records = [{**record, "customer_id": i} for i in range(200)]
    records[77]["tenure"] = "many"
    answer = client.predict(records)
    assert only_error(answer)["index"] == 77
    assert "1 of 200 records" in answer.json()["detail"]
    assert "predictions" not in answer.json()


def test_one_bad_record_among_199_good_ones_is_reported_in_its_place(client, record):
    records = [{**record, "customer_id": i} for i in range(200)]
    records[77]["tenure"] = "many"
    answer = client.predict(records, "?on_error=report")
    assert answer.status_code == 200
    predictions = answer.json()["predictions"]
    assert [p["customer_id"] for p in predictions] == list(range(200))
    assert [i for i, p in enumerate(predictions) if "error" in p] == [77]
    bad = predictions[77]
    assert bad.keys() == {"customer_id", "error"}
    assert [(e["index"], e["field"]) for e in bad["error"]["errors"]] == [(77, "tenure")]
    assert all(p["churn_probability"] == 0.5 for i, p in enumerate(predictions) if i != 77)


def test_a_batch_of_bad_records_only_is_reported_too(client):
    answer = client.predict([1, {"customer_id": 5.5}], "?on_error=report")
    assert answer.status_code == 200
    assert [p.keys() for p in answer.json()["predictions"]] == [{"error"}, {"error"}]


def test_report_still_refuses_what_holds_no_records(client):
    problem(client.post("[]", "/predict?on_error=report"), 422)
    problem(client.post("{", "/predict?on_error=report"), 400)
