"""What the service writes to the audit log, by each door, and what it says where it cannot."""

import errno
import json

import pytest

from churn.fingerprint import Fingerprints
from service.audit.__main__ import main
from service.audit.verify import verify
from service.keys.file import new_key, write_keys
from tests.unit.service.conftest import DOORS, JSON


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.ndjson"


@pytest.fixture
def client(start, path):
    with start(audit=path) as client:
        client.await_loaded()
        yield client


def written(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_answered_request_has_its_line_with_its_id_before_it_is_answered(client, path, record):
    for records in (record, [record] * 3, [{**record, "contract": "never seen"}]):
        answer = client.predict(records)
        line = written(path)[-1]
        assert line["request_id"] == answer.headers["x-request-id"]
        told = [entry["churn_probability"] for entry in answer.json()["predictions"]]
        assert [probability for _, probability in line["records"]] == told
        assert (line["key"], line["route"], line["version"]) == (None, "/predict", "2024-06-30.1")
    assert not verify([path]).problems


def test_large_bodies_reasons_and_questions_have_theirs(client, path, record):
    client.predict([record] * 2_000)
    client.post(json.dumps([record]), "/predict?on_error=report")
    decided = {"records": [record, record], "value": 1, "contact_cost": 0, "contact_success": 1}
    client.post(json.dumps(decided), "/decide")
    client.post(json.dumps({"record": record, "changes": {"contract": "year"}}), "/whatif")
    assert [(line["route"], len(line["records"])) for line in written(path)] == [
        ("/predict", 2_000), ("/predict", 1), ("/decide", 2), ("/whatif", 2),
    ]  # fmt: skip


def test_what_says_nothing_of_a_customer_has_none(client, path, record):
    client.predict({**record, "tenure": "x"})
    client.get("/model")
    client.get("/nowhere")
    assert written(path) == []


def test_of_a_batch_with_a_wrong_record_the_others_are_there(client, path, record):
    client.predict([record, {**record, "tenure": "x"}, record], "?on_error=report")
    [line] = written(path)
    assert len(line["records"]) == 2


def test_the_same_customer_spelled_otherwise_has_the_same_fingerprint_and_no_value_stands_there(client, path, record):
    client.predict([record, {**record, "charges": 70.350, "calls": 3.0}, {**record, "charges": 70.36}])
    [line] = written(path)
    first, same, other = (fingerprint for fingerprint, _ in line["records"])
    assert first == same != other
    assert "70.35" not in path.read_text()


def test_who_asked_stands_there_by_the_name_of_the_key(start, path, tmp_path, record):
    text, key = new_key("crm", ["predict"])
    write_keys(tmp_path / "keys.json", [key])
    with start(audit=path, keys=tmp_path / "keys.json") as client:
        client.await_loaded()
        client.post(json.dumps(record), headers={**JSON, "authorization": f"Bearer {text}"})
    [line] = written(path)
    assert line["key"] == "crm"
    assert text not in path.read_text()


def test_where_it_cannot_be_written_nobody_is_answered_and_then_again(client, path, record, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("service.audit.writing.AuditLog._append", full)
    for records in (record, [record] * 2_000):
        answer = client.predict(records)
        assert (answer.status_code, answer.json()["type"]) == (503, "/docs#not-recorded")
        assert answer.headers["retry-after"] == "1"
        assert "probability" not in answer.text
    monkeypatch.undo()
    assert client.predict(record).status_code == 200
    assert [line["sentence"] for line in client.log() if line["event"] == "audit" and "sentence" in line] == [
        "It cannot be written: No space left on device. Nobody is answered.", "It is written again.",
    ]  # fmt: skip
    assert len(written(path)) == 1


def test_lists_on_the_page_are_off_for_they_would_not_be_in_it(client):
    answer = client.post(
        b"tenure\n1\n", "/console/lists?name=a.csv", headers={"content-type": "application/octet-stream"}
    )
    assert (answer.status_code, answer.json()["type"]) == (501, "/docs#no-lists")
    assert "audit log" in answer.json()["detail"]


def test_the_log_tells_where_it_ends(start, path, record):
    with start(audit=path) as client:
        client.await_loaded()
        client.predict(record)
    told = [line for line in client.log() if line["event"] == "audit"]
    assert [line["line"] for line in told] == [0, 1]
    assert told[1]["digest"] == verify([path]).end.digest


def test_without_it_nothing_is_made_for_it(start, record):
    with start() as client:
        client.await_loaded()
        assert client.app.serving.served.model.fingerprints is None


# --- churn-audit ------------------------------------------------------------------------------------


def test_verify_says_what_there_is_and_its_end(client, path, record, capsys):
    client.predict([record, record])
    assert main(["verify", str(path)]) == 0
    told = capsys.readouterr().out
    assert "1 lines about 2 customers" in told
    head = told.split()[-1]
    assert main(["verify", "--head", head, str(path)]) == 0


def test_verify_ends_with_2_and_a_sentence_where_it_is_not_whole(client, path, record, capsys):
    for _ in range(3):
        client.predict(record)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2][:40])
    assert main(["verify", str(path)]) == 2
    out, err = capsys.readouterr()
    assert err == f"Line 2 of {path} is no line of an audit log: it was changed, or cut in the middle.\n"
    assert "NOT WHOLE" in out


def test_find_tells_what_was_said_of_a_customer(client, path, record, bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("service.audit.__main__.open_bundle", lambda _: bundle)
    answer = client.predict([{**record, "tenure": 1}, record])
    (tmp_path / "one.json").write_text(json.dumps(record))
    arguments = ["find", "--bundle", "b", "--records", str(tmp_path / "one.json"), str(path)]
    assert main(arguments) == 0
    [found] = map(json.loads, capsys.readouterr().out.splitlines())
    assert found["request_id"] == answer.headers["x-request-id"]
    assert (found["record"], found["churn_probability"]) == (0, 0.5)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("[7]", "expected an object"), ("{", "not JSON"), (None, "cannot be read: No such file")],
)
def test_records_that_cannot_be_read_are_a_sentence(bundle, tmp_path, capsys, monkeypatch, content, sentence):
    monkeypatch.setattr("service.audit.__main__.open_bundle", lambda _: bundle)
    records = tmp_path / "records.json"
    if content is not None:
        records.write_text(content)
    assert main(["find", "--bundle", "b", "--records", str(records), "log"]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["verify", "nowhere"], "nowhere cannot be read: No such file"),
        (["verify", "--head", "x", "log"], "is not a digest of 64 hexadecimal digits"),
    ],
)
def test_wrong_usage_is_a_sentence(capsys, arguments, sentence):
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert sentence in capsys.readouterr().err


def test_a_fingerprint_depends_on_every_value_and_on_the_schema(bundle, schema, record):
    from churn.records import RecordReader

    read = RecordReader(schema).read
    other = schema.with_as_of(schema.as_of.replace(year=2023))
    found = {
        *Fingerprints(schema)(
            read([record, {**record, "total": None}, {**record, "senior": 1}, {**record, "at": "14:00"}])
        )
    }
    assert len(found) == 4
    assert not found & {*Fingerprints(other)(read([record]))}
