"""What every kind of field owes: the same values are right through every door, and a new kind is one new file."""

import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from churn.columns import MISSING, UNSEEN
from churn.engines.base import FakeEngine
from churn.errors import SchemaError
from churn.kinds import KINDS, TextQuantity, kind_of, quantity_of
from churn.kinds.forms import Form
from churn.records import RecordReader
from churn.schema import Field, Schema
from churn.scoring import Scorer
from churn.tables import read_batches
from service.record.checks import Checker
from service.record.describe import example_record, field_schema, record_schema
from service.record.models import record_adapter
from tests.customers import write_csv

AS_OF = date(2024, 1, 1)
SOURCES = [
    path for room in ("churn", "service", "training") for path in (Path(__file__).parents[2] / room).rglob("*.py")
]
KNOWING = ("churn/kinds/", "training/table/infer/")
ASKING = re.compile(
    r"\b(?:field|f)\.kind\s*(?:==|!=|in\b|not in\b)|\[(?:field|f)\.kind\]|get\((?:field|f)\.kind|level_type"
)


def schema_of(field):
    return Schema((Field("other", "number", nullable=True), field), as_of=AS_OF)


def quick(field, value):
    """What the quick way makes of a record with this value: the matrices' entry, None where it refuses."""
    schema = schema_of(field)
    try:
        record = record_adapter(schema).validate_json(json.dumps({field.name: value}))
    except ValidationError:
        return None
    return entry(schema, record)


def entry(schema, record):
    columns = RecordReader(schema).read([record])
    return (columns.codes[0, 0] if schema.categories else columns.numbers[0, 1]).item()


def exact(field, value):
    schema, record = schema_of(field), {field.name: value}
    checker = Checker(schema)
    return entry(schema, checker.with_numbers(record)) if checker.count(record) == 0 else None


def from_csv(field, text, folder):
    (batch,) = read_batches(write_csv(folder / "t.csv", [{"other": "1", field.name: text}]), schema_of(field))
    if len(batch.columns) == 0:
        return None
    return (batch.columns.codes[0, 0] if field.is_category else batch.columns.numbers[0, 1]).item()


NUMBER = Field("f", "number", minimum=-5)
INTEGER = Field("f", "integer", maximum=10.5)
DAY = Field("f", "date")
LATE = Field("f", "date", maximum=30, date_format="%d/%m/%Y")
TIME = Field("f", "time")
TEXT = Field("f", "category", levels=("a", "1"))
WHOLE = Field("f", "category", levels=(0, 1))
TRUTH = Field("f", "category", levels=(False, True))

FIELDS = [NUMBER, INTEGER, DAY, LATE, TIME, TEXT, WHOLE, TRUTH]

RIGHT = [
    (NUMBER, 2.5, 2.5),
    (NUMBER, -5, -5.0),
    (INTEGER, 10, 10.0),
    (DAY, "2023-12-31", 1.0),
    (DAY, " 2023-12-31 ", 1.0),
    (LATE, "02/12/2023", 30.0),
    (TIME, "06:30", 6.5),
    (TEXT, "a", 0),
    (TEXT, "b", UNSEEN),
    (WHOLE, 1, 1),
    (WHOLE, 7, UNSEEN),
]
WRONG = [
    (NUMBER, -5.5),
    (NUMBER, "x"),
    (INTEGER, 11),
    (INTEGER, 1.5),
    (DAY, "2023-02-29"),
    (DAY, "yesterday"),
    (DAY, ""),
    (LATE, "01/12/2023"),
    (LATE, "2023-12-02"),
    (TIME, "24:00"),
    (WHOLE, "old"),
    (WHOLE, 1.5),
    (TRUTH, "yes"),
]


NUMBER_IN_TEXT = Field("f", "number", minimum=-5, nullable=True, missing_markers=("?", "7", " "), sentinels=(-999,))
WHOLE_IN_TEXT = Field("f", "integer", maximum=10.5, missing_markers=("?",))


@pytest.mark.parametrize("field", [NUMBER_IN_TEXT, WHOLE_IN_TEXT])
@pytest.mark.parametrize(
    "text",
    ["1.5", " 1.5 ", "-5", "-5.5", "+3", "3.", ".5", "007", "1e1", "10.0", "11", "-999", "-999.0", "7", "7.0", "?",
     " ? ", "", "  ", "x", "1,5", "1 000", "nan", "inf", "0x1", "1_0", "--1", "1e400",
     "9223372036854775807", "\u0661", "\u2007"],
)  # fmt: skip
def test_a_number_in_text_is_the_same_in_json_as_in_a_table(field, text, tmp_path):
    found = np.array([exact(field, text), from_csv(field, text, tmp_path)], dtype=np.float64)
    refused = exact(field, text) is None, from_csv(field, text, tmp_path) is None
    assert refused[0] == refused[1]
    assert found[0] == found[1] or np.isnan(found).all()
    assert quick(field, text) is None


@pytest.mark.parametrize(("field", "value", "expected"), RIGHT)
def test_a_right_value_is_the_same_through_every_door(field, value, expected, tmp_path):
    assert quick(field, value) == exact(field, value) == from_csv(field, str(value), tmp_path) == expected


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_value_is_refused_at_every_door(field, value, tmp_path):
    assert quick(field, value) is exact(field, value) is from_csv(field, str(value), tmp_path) is None


@pytest.mark.parametrize(
    "field",
    [*FIELDS, Field("f", "date", nullable=True, missing_markers=("?",))],
)
def test_the_example_of_every_kind_is_right_and_described(field):
    schema = schema_of(field)
    example = example_record(schema)["f"]
    assert exact(field, example) is not None
    assert field_schema(field)["type"] in (kind_of(field).json_type(), [kind_of(field).json_type(), "null"])
    assert field.expected() in field_schema(field)["description"]


MAYBE = [Field("f", kind, nullable=True, missing_markers=("?",), maximum=5) for kind in ("date", "time")]


@pytest.mark.parametrize("field", MAYBE)
@pytest.mark.parametrize("value", [None, "?", " ? ", ""])
def test_what_stands_for_a_missing_moment_takes_the_quick_way_too(field, value):
    assert np.isnan(quick(field, value))
    assert np.isnan(exact(field, value))


def test_a_missing_category_is_missing_through_every_door(tmp_path):
    field = Field("f", "category", levels=("a",), nullable=True, missing_markers=("?",))
    assert quick(field, "?") == exact(field, "?") == from_csv(field, "?", tmp_path) == MISSING


def test_a_checked_record_holds_the_number_of_a_date_so_that_it_is_read_once():
    schema = schema_of(DAY)
    assert record_adapter(schema).validate_json('{"f": "2023-12-31"}') == {"f": 1.0}


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.kind)
def test_the_most_extreme_value_is_none_that_is_refused(field, sign):
    assert exact(field, kind_of(field, AS_OF).extreme(sign)) is not None


@pytest.mark.parametrize("number", [0.0, 1.0, 12.0])
@pytest.mark.parametrize("kind", ["number", "integer", "date", "time"])
def test_what_is_written_for_a_number_reads_back_as_it(kind, number):
    field = Field("f", kind)
    assert exact(field, quantity_of(field, AS_OF).to_json(number)) == number
    assert quantity_of(field, AS_OF).to_json(float("nan")) is None


def test_no_other_file_asks_which_kind_a_field_is_of():
    found = {path.as_posix() for path in SOURCES if ASKING.search(path.read_text(encoding="utf-8"))}
    assert {path for path in found if not any(room in path for room in KNOWING)} == set()
    assert found


def test_an_unknown_kind_is_told_with_those_that_there_are():
    with pytest.raises(SchemaError, match="has kind 'percent'; it has to be one of"):
        Schema((Field("f", "percent"),))


# --- A new kind ------------------------------------------------------------------------------------


class Percent(TextQuantity):
    """A share as text, "12 %" -> 0.12: all that has to be written for a new kind."""

    takes = frozenset({Form.TEXTS, Form.FLOATS})
    counted_in = "as a share of 1"

    def noun(self):
        return "a percentage as text, such as 12 %"

    def parse(self, text):
        if not text.endswith("%"):
            raise ValueError(text)
        return float(text[:-1]) / 100

    def written(self, number):
        return f"{number * 100:g} %"

    def from_native(self, form, values):
        return values / 100

    def made_example(self):
        return None if self.field.nullable else "50 %"


SHARE = Field("share", "percent", maximum=1, training_range=(0.0, 0.5))


@pytest.fixture
def _percent(monkeypatch):
    monkeypatch.setitem(KINDS, "percent", Percent)


@pytest.mark.usefixtures("_percent")
def test_a_new_kind_is_read_through_every_door(tmp_path):
    assert quick(SHARE, "12 %") == exact(SHARE, "12 %") == from_csv(SHARE, "12 %", tmp_path) == 0.12
    for wrong in ("12", "150 %", "much", "nan %", "-inf %"):
        assert quick(SHARE, wrong) is exact(SHARE, wrong) is from_csv(SHARE, wrong, tmp_path) is None


@pytest.mark.usefixtures("_percent")
def test_a_new_kind_is_read_from_native_types(tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"share": [12.0, 150.0]}), tmp_path / "t.parquet")
    (batch,) = read_batches(tmp_path / "t.parquet", schema_of(SHARE))
    assert batch.columns.numbers[:, 1].tolist() == [0.12]
    assert [problem.expected for problem in batch.problems] == [SHARE.expected()]


@pytest.mark.usefixtures("_percent")
def test_a_new_kind_is_described_in_a_schema_in_words_and_in_json_schema():
    schema = schema_of(SHARE)
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema
    assert record_schema(schema)["properties"]["share"] == {
        "type": "string",
        "description": "a percentage as text, such as 12 % (at most 1); training saw 0 to 0.5 as a share of 1",
        "maxLength": 1000,
        "x-training-range": (0.0, 0.5),
        "examples": ["50 %"],
    }


@pytest.mark.usefixtures("_percent")
def test_a_new_kind_is_scored_and_warned_of():
    schema = schema_of(SHARE)
    scorer = Scorer(schema, FakeEngine(0.4), 0.5, (0.3, 0.6))
    columns = scorer.read([{"other": 1, "share": "80 %"}])
    assert scorer.score(columns).probability.tolist() == [0.4]
    ((warning,),) = scorer.warnings(columns).values()
    assert warning.message == "as a share of 1: 0.8 is outside the training range 0 to 0.5"
