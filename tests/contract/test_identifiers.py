"""The same customers have the same identifiers, whatever they come in and whichever names they have."""

import json

import pytest

from churn.batch import NOTHING
from churn.identifier import identifier_names
from churn.records import RecordReader
from churn.schema import Field, Schema
from churn.tables import identifier_texts, read_batches
from service.formats.json_body.reading import BodyReader
from tests.customers import write_csv

FIELDS = (Field("age", "integer"),)
NAMES = [("id", ("customer_id", "id")), (None, ("customer_id",)), ("customer_id", ("customer_id",))]


@pytest.mark.parametrize(("own", "names"), NAMES)
def test_customer_id_counts_before_the_schemas_own_name(own, names):
    assert identifier_names(Schema(FIELDS, identifier=own)) == names


GIVEN = [
    ({"customer_id": "a", "id": "b"}, "a"),
    ({"id": "b", "customer_id": "a"}, "a"),
    ({"customer_id": "a"}, "a"),
    ({"id": "b"}, "b"),
    ({}, None),
]


@pytest.mark.parametrize(("given", "expected"), GIVEN)
def test_a_record_and_a_table_give_the_same_identifiers(tmp_path, given, expected):
    schema = Schema(FIELDS, identifier="id")
    records = [{**given, "age": 5}, {**{name: f"{value}2" for name, value in given.items()}, "age": 6}]
    reader = BodyReader(schema, RecordReader(schema).read, 10)
    body = json.dumps(records).encode()
    (batch,) = read_batches(write_csv(tmp_path / "t.csv", records), schema)
    wanted = None if expected is None else [expected, f"{expected}2"]
    for read in (reader.read_large(body), reader.read_exactly(body, report=False)):
        assert list(read.identifiers) == (wanted or [NOTHING, NOTHING])
    assert identifier_texts(batch) == wanted
