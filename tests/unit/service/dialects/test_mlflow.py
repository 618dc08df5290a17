"""MLflow's scoring protocol and SageMaker's: JSON, CSV and JSON Lines at /invocations, and what is read besides."""

import csv
import io
import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from churn import __version__
from service.dialects.call import Question
from service.dialects.mlflow.invocations import Invocations
from service.dialects.mlflow.refused import refused
from service.problems import Refusal
from tests.examples import ONE_FIXTURE_FOR_ALL, examples
from tests.unit.service.conftest import DOORS, JSON, running

PATH = "/invocations"
CSV = {"content-type": "text/csv"}
LINES = {"content-type": "application/jsonlines"}
ANSWER = {"churn_probability": 0.5, "churn": True, "risk": "medium"}


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def split(*records):
    names = list(records[0])
    return {"columns": names, "data": [[record[name] for name in names] for record in records]}


def table(*records, **options):
    """Records as CSV, with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), **options)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def ask(client, body, headers=JSON):
    answer = client.post(body if isinstance(body, str | bytes) else json.dumps(body), PATH, headers)
    assert answer.status_code < 500, answer.text
    return answer


def refusal(client, body, headers=JSON, status=400):
    """The sentence of a refusal, in MLflow's form."""
    answer = ask(client, body, headers)
    document = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert sorted(document) == ["error_code", "message"]
    assert document["message"].endswith((".", '"'))
    return document["message"]


FORMS = {
    "dataframe_split": lambda record: {"dataframe_split": {**split(record, record), "index": [7, 9]}},
    "dataframe_records": lambda record: {"dataframe_records": [record, record]},
    "instances": lambda record: {"instances": [record, record]},
    "inputs by name": lambda record: {"inputs": {name: [value, value] for name, value in record.items()}},
    "inputs of shape (n, 1)": lambda record: {"inputs": {name: [[value], [value]] for name, value in record.items()}},
    "inputs as records": lambda record: {"inputs": [record, record]},
    "no parameters": lambda record: {"instances": [record, record], "params": {}},
    "parameters that are null": lambda record: {"instances": [record, record], "params": None},
}


@pytest.mark.parametrize("form", FORMS)
def test_customers_are_scored_in_each_form_of_json(client, record, form):
    answer = ask(client, FORMS[form](record))
    assert (answer.status_code, answer.json()) == (200, {"predictions": [ANSWER, ANSWER]})
    assert client.log()[-1]["route"] == PATH
    assert client.log()[-1]["scored"] == 2


def test_many_are_scored_like_few(client, record):
    answer = ask(client, {"dataframe_split": split(*[record] * 500)})
    assert answer.json() == {"predictions": [ANSWER] * 500}


def test_nan_is_what_pandas_writes_for_a_missing_value(client, record):
    record["total"] = record["offer"] = math.nan
    for body in ({"dataframe_split": split(record)}, {"dataframe_records": [record]}):
        assert ask(client, body).json() == {"predictions": [ANSWER]}


def test_nan_in_a_field_that_has_to_be_there_is_refused(client, record):
    said = refusal(client, {"dataframe_split": split({**record, "charges": math.nan})})
    assert "Record 0:" in said
    assert "charges" in said


def test_whole_numbers_may_come_as_floats_as_pandas_has_them_beside_missing_ones(client, record):
    assert ask(client, {"dataframe_split": split({**record, "tenure": 12.0, "senior": 0.0})}).status_code == 200


def test_what_training_left_out_and_identifiers_may_stand_there(client, record):
    more = {**record, "customerID": "7590-X", "RowNumber": 3, "churn": "Yes"}
    for body, headers in (({"dataframe_split": split(more)}, JSON), (table(more), CSV)):
        assert ask(client, body, headers).json() == {"predictions": [ANSWER]}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"instances": [], "inputs": []}, "exactly one of dataframe_split"),
        ({"instances": [], "inputs": []}, "has instances and inputs"),
        ({}, "has none of them"),
        ({"columns": []}, "has none of them"),
        ([{"tenure": 1}], "has none of them"),
        (7, "has none of them"),
        ({"instances": []}, "no customer record"),
        ({"inputs": {}}, "no customer record"),
        ({"dataframe_split": {"columns": ["tenure"], "data": []}}, "no customer record"),
        ({"instances": {"tenure": 1}}, "an array of records"),
        ({"dataframe_records": "x"}, "an array of records"),
        ({"instances": [[1, 2]]}, "expected an object with the fields of one customer"),
        ({"instances": [7]}, "expected an object with the fields of one customer"),
        ({"dataframe_split": []}, "an array columns"),
        ({"dataframe_split": {"columns": ["a"]}}, "an array data"),
        ({"dataframe_split": {"columns": [1], "data": []}}, "names are texts"),
        ({"dataframe_split": {"columns": ["a", "b", "a"], "data": []}}, 'column "a" is there twice'),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}, "Row 1 of data has 2 values"),
        ({"dataframe_split": {"columns": ["a"], "data": [1]}}, "Row 0 of data is 1"),
        ({"inputs": {"tenure": 12}}, "it is an array"),
        ({"inputs": {"tenure": [12], "charges": [1, 2]}}, 'Column "tenure" of inputs has 1 values'),
        ({"instances": [{}], "params": {"threshold": 0.5}}, "takes no parameters"),
        ({"instances": [{}], "params": []}, "takes no parameters"),
        ('{"instances": [], "instances": []}', "twice"),
        ("", "The body is empty"),
        ("{", "not JSON"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_wrong_json_is_refused_with_a_sentence(client, body, sentence):
    assert sentence in refusal(client, body)


def test_wrong_records_are_refused_with_our_sentence(client, record):
    said = refusal(client, {"instances": [record, {**record, "contract": 7}]})
    assert said.startswith("1 of 2 records cannot be scored")
    assert "Record 1:" in said


# --- CSV --------------------------------------------------------------------------------------------


def test_csv_is_answered_by_json_or_by_csv_as_asked(client, record):
    body = table(record, record)
    assert ask(client, body, CSV).json() == {"predictions": [ANSWER, ANSWER]}
    answer = ask(client, body, {**CSV, "accept": "text/csv"})
    assert (answer.headers["content-type"], answer.text) == (
        "text/csv",
        "churn_probability,churn,risk\n0.5,true,medium\n0.5,true,medium\n",
    )
    answer = ask(client, body, {**CSV, "accept": "application/jsonlines"})
    assert [json.loads(line) for line in answer.text.splitlines()] == [ANSWER, ANSWER]


def test_csv_without_a_header_is_in_the_order_of_the_schema_and_answered_without_one(client, record):
    body = table(record, record).partition("\r\n")[2]
    answer = ask(client, body, {"content-type": "text/csv; header=absent", "accept": "text/csv"})
    assert answer.text == "0.5,true,medium\n0.5,true,medium\n"
    assert "names no field of this model" in refusal(client, body, CSV)


def test_the_cells_of_a_csv_mean_what_they_mean_in_a_table(client, record):
    record |= {
        "total": "",
        "offer": "?",
        "share": "-999",
        "calls": " 3 ",
        "senior": "1.0",
        "partner": "TRUE",
        "seen": "-",
    }
    assert ask(client, table(record, lineterminator="\n"), CSV).json() == {"predictions": [ANSWER]}
    assert ask(client, b"\xef\xbb\xbf" + table(record).encode(), CSV).status_code == 200
    assert ask(client, table(record, quoting=csv.QUOTE_ALL) + "\r\n", CSV).status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tenure": "twelve"}, '"twelve"'),
        ({"tenure": "12.5"}, "12.5"),
        ({"tenure": ""}, "tenure"),
        ({"charges": "1e999"}, "charges"),
        ({"charges": "nan"}, '"nan"'),
        ({"charges": "9" * 5000}, "charges"),
        ({"charges": "1_000"}, '"1_000"'),
        ({"partner": "ja"}, '"ja"'),
        ({"senior": "one"}, '"one"'),
        ({"joined": "17.5.2020"}, "joined"),
        ({"unheard_of": "1"}, "unheard_of"),
    ],
)
def test_a_cell_that_is_no_value_of_its_field_is_refused_with_our_sentence(client, record, changes, sentence):
    said = refusal(client, table({**record, **changes}), CSV)
    assert said.startswith("1 of 1 records cannot be scored")
    assert sentence in said


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The CSV is empty"),
        (b"\r\n", "names no field"),
        (b"a,b\n1,2\n", "names no field of this model"),
        (b"tenure,charges\n", "no customer record"),
        (b"tenure,charges\n1\n", "Row 2 of the CSV has 1 cells, but there are 2 columns"),
        (b"tenure,charges\n1,2\n1,2,3\n", "Row 3 of the CSV has 3 cells"),
        (b"tenure,tenure\n1,2\n", 'The column "tenure" is there twice'),
        (b'tenure,charges\n"1"2,3\n', "Row 2 of the CSV cannot be read"),
        (b'tenure,charges\n"1,2\n', "Row 2 of the CSV cannot be read"),
        (b"tenure,charges\n" + b"1" * 200_000 + b",2\n", "field larger than field limit"),
        (b"tenure,charges\n1,\0\n", "NUL"),
        (b"tenure,charges\n1,\xff\n", "not UTF-8: byte 17 is 0xff"),
        (b"tenure" + b"," * 200 + b"\n", "The CSV has 201 columns"),
        (b"tenure" + b"," * 20_000 + b"\n", "commas"),
        (b'tenure,"\\"' + b',"\n"' * 20_000, "commas"),
    ],
)
def test_what_is_no_csv_is_refused_with_a_sentence(client, body, sentence):
    assert sentence in refusal(client, body, CSV)


def test_more_rows_than_records_may_come_are_too_many(start, record):
    with start(max_records=2) as client:
        client.await_loaded()
        assert ask(client, table(record, record), CSV).status_code == 200
        assert "the limit is 2 records" in refusal(client, table(record, record, record), CSV, 413)
        line = json.dumps(record)
        assert "the limit is 2 records" in refusal(client, "\n".join([line] * 3), LINES, 413)
        assert "the limit is 2 records" in refusal(client, {"instances": [record] * 3}, JSON, 413)


# --- JSON Lines, and types ----------------------------------------------------------------------------


def test_json_lines_are_answered_line_by_line(client, record):
    answer = ask(client, f"{json.dumps(record)}\n\n{json.dumps(record)}\r\n", LINES)
    assert answer.headers["content-type"] == "application/jsonlines"
    assert [json.loads(line) for line in answer.text.splitlines()] == [ANSWER, ANSWER]
    answer = ask(client, json.dumps(record), {**LINES, "accept": "text/csv"})
    assert answer.text == "0.5,true,medium\n"


def test_a_line_that_is_no_json_is_named(client, record):
    assert "Line 2, which is one record: " in refusal(client, f"{json.dumps(record)}\n{{\n", LINES)
    assert "no customer record" in refusal(client, "\n", LINES)
    assert "Record 0" in refusal(client, "[]", LINES)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"content-type": "application/x-parquet"}, 'The Content-Type is "application/x-parquet"'),
        ({}, "The request has no Content-Type"),
        ({"content-type": "text/csv; charset=latin-1"}, 'The charset is "latin-1"'),
        ({"content-type": "text/csv; header=maybe"}, '"maybe"; it is present or absent'),
        ({**CSV, "content-encoding": "gzip"}, 'Content-Encoding "gzip"'),
        ({**LINES, "content-encoding": "br"}, 'Content-Encoding "br"'),
    ],
)
def test_a_type_that_is_not_read_is_refused_with_those_that_are(client, headers, sentence):
    said = refusal(client, "tenure\n1\n", headers, 415)
    assert sentence in said
    assert "text/csv and application/jsonlines" in said


def test_another_method_and_query_parameters_are_refused_in_the_form(client, record):
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error_code"] == "BAD_REQUEST"
    answer = client.post(json.dumps({"instances": [record]}), f"{PATH}?a=1")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "BAD_REQUEST")


# --- what is read -------------------------------------------------------------------------------------


def test_health_is_a_line_break_and_the_version_is_ours(client):
    for path in ("/ping", "/health"):
        assert (client.get(path).status_code, client.get(path).content) == (200, b"\n")
    assert client.get("/version").text == __version__


def test_who_is_not_ready_says_so_in_the_form(start, record):
    with start() as client:
        client.await_loaded()
        client.app.serving.refuse("The bundle is wrong.")
        for answer in (client.get("/ping"), client.get("/health")):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.json() == {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The bundle is wrong."}


@pytest.mark.parametrize(
    ("settings", "workers", "payload_mb"),
    [({}, 1, 1), ({"max_records": 1_000_000}, 1, 12), ({"max_records": 10_000_000, "workers": 50}, 50, 2)],
)
def test_a_batch_transform_hears_how_to_send(start, settings, workers, payload_mb):
    with start(**settings) as client:
        told = client.get("/execution-parameters").json()
    assert told == {
        "MaxConcurrentTransforms": workers,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": payload_mb,
    }


# --- any bytes ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from tests.unit.service.conftest import hand_made_bundle

    with running(hand_made_bundle(tmp_path_factory.mktemp("bundle"))) as client:
        client.await_loaded()
        yield client.app.serving.served.model


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["columns", "data", "tenure", "params", ""]), inner, max_size=3)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["dataframe_split", "dataframe_records", "instances", "inputs", "params"]), VALUES, max_size=2
).map(lambda document: json.dumps(document).encode())
TYPES = st.sampled_from(
    [b"application/json", b"text/csv", b"text/csv;header=absent", b"application/jsonlines", b"text/csv; charset=x"]
)


@settings(max_examples=examples(300), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(
    body=st.binary() | DOCUMENTS | st.text(alphabet='tenure,"\n\r1.\0é', max_size=40).map(str.encode),
    content_type=TYPES,
)
@example(body=b'tenure\n"', content_type=b"text/csv")
@example(body=b'{"inputs": {"tenure": [NaN, Infinity]}}', content_type=b"application/json")
def test_any_bytes_are_a_question_or_a_refusal(model, body, content_type):
    status = 200
    try:
        question = Invocations().read(model, body, {b"content-type": content_type})
        assert isinstance(question, Question)
        question.read(model.values)
    except Refusal as refusal:
        status = refused(refusal, "id").status
    assert status in {200, 400, 413, 415}


def test_the_cells_of_a_csv_are_the_values_of_json(model, record):
    headers = {b"content-type": b"text/csv"}
    (read,) = Invocations().read(model, table(record).encode(), headers).as_records()
    assert read == record
    assert {name: type(value) for name, value in read.items()} == {name: type(each) for name, each in record.items()}
    cells = {
        "tenure": " 12 ",
        "calls": "3.0",
        "senior": "1.0",
        "partner": "TRUE",
        "offer": "?",
        "total": "",
        "seen": " ",
    }
    (read,) = Invocations().read(model, table(record | cells).encode(), headers).as_records()
    values = {"tenure": 12, "calls": 3.0, "senior": 1, "partner": True, "offer": None, "total": None, "seen": None}
    assert read == record | values
