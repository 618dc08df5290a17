"""How a file writes its numbers: decided by what can be read in one way only, else asked."""

import numpy as np
import pyarrow as pa
import pytest

from churn.tables import to_batch
from training.table.infer import infer_schema

ROWS = 200
AMOUNTS = np.random.default_rng(0).gamma(2, 900, ROWS).round(2)
SPELLED = {
    "1.234,56": (",", lambda x: f"{x:,.2f}".translate(str.maketrans(",.", ".,"))),
    "1 234,56": (",", lambda x: f"{x:,.2f}".replace(",", " ").replace(".", ",")),
    "1'234.56": (".", lambda x: f"{x:,.2f}".replace(",", "'")),
    "1,234.56": (".", lambda x: f"{x:,.2f}"),
    "12,5 %": (",", lambda x: f"{x:.2f} %".replace(".", ",")),
    "€ 1.234,56": (",", lambda x: f"€ {x:,.2f}".translate(str.maketrans(",.", ".,"))),
    "1234,56": (",", lambda x: f"{x:.2f}".replace(".", ",")),
    "$1,234.56": (".", lambda x: f"${x:,.2f}"),
}


def infer(columns, **options):
    rows = len(next(iter(columns.values())))
    plain = {
        "level": [("a", "b", "c")[i % 3] for i in range(rows)],
        "left": [("Yes", "No")[i % 2] for i in range(rows)],
    }
    return infer_schema(pa.table({**columns, **plain}), "left", **options)


@pytest.mark.parametrize("spelling", SPELLED)
def test_numbers_in_any_spelling_are_the_numbers(spelling):
    decimal, write = SPELLED[spelling]
    texts = [write(x) for x in AMOUNTS]
    inference = infer({"amount": texts})
    field = inference.schema.by_name["amount"]
    assert (field.kind, field.decimal) == ("number", decimal)
    assert inference.findings == []
    batch = to_batch(pa.table({"amount": texts, "level": ["a"] * ROWS}), inference.schema)
    assert batch.refused == {}
    assert batch.columns.numbers[:, 0].tolist() == AMOUNTS.tolist()
    assert field.unit == next((unit for unit in "€$%" if unit in spelling), None)


def test_brackets_are_negative_and_whole_numbers_stay_whole():
    texts = [f"({x:,.0f})" if i % 2 else f"{x:,.0f}" for i, x in enumerate(AMOUNTS)]
    texts[0] = "1,234,567"
    field = infer({"amount": texts}).schema.by_name["amount"]
    assert (field.kind, field.decimal) == ("integer", ".")
    assert field.training_range[0] < 0


def test_plain_numerals_are_as_they_were():
    inference = infer({"amount": [f"{x:.2f}" for x in AMOUNTS], "count": [str(int(x)) for x in AMOUNTS]})
    assert [field.decimal for field in inference.schema.fields] == [None] * 3
    assert inference.findings == []


def twofold(mark):
    return [f"{1 + i % 9}{mark}{100 + i}" for i in range(ROWS)]


def test_what_can_be_read_in_two_ways_is_decided_by_the_rest_of_the_file():
    comma = infer({"amount": twofold("."), "price": [f"{x:.2f}".replace(".", ",") for x in AMOUNTS]})
    assert comma.schema.by_name["amount"].decimal == ","
    assert comma.schema.by_name["amount"].training_range == (1100.0, 9297.0)
    point = infer({"amount": twofold(","), "price": [f"{x:.2f}" for x in AMOUNTS]})
    assert point.schema.by_name["amount"].decimal == "."
    assert point.schema.by_name["amount"].training_range == (1100.0, 9297.0)
    assert comma.findings == point.findings == []


def test_what_nothing_decides_is_asked_about():
    (finding,) = infer({"amount": twofold(",")}).findings
    assert finding.in_short
    assert finding.level == "warning"
    assert '"1,100" may mean 1100 or 1.1: say --decimal point or --decimal comma' in finding.sentence
    assert "1 column of numbers could not be read, so the model does without it: amount" in finding.sentence


def test_plain_numerals_that_may_be_thousands_are_taken_as_they_stand_and_told():
    inference = infer({"amount": twofold(".")})
    assert inference.schema.by_name["amount"].decimal is None
    (finding,) = inference.findings
    assert (finding.level, finding.column) == ("warning", "amount")
    assert '"1.100" may mean 1.1 or 1100' in finding.sentence


@pytest.mark.parametrize(("decimal", "low"), [(",", 1.1), (".", 1100.0)])
def test_whoever_trains_may_say_it(decimal, low):
    inference = infer({"amount": twofold(",")}, decimal=decimal)
    assert inference.schema.by_name["amount"].training_range[0] == pytest.approx(low)
    assert inference.findings == []


def test_a_column_with_both_spellings_is_lost_and_told():
    texts = [f"{x:,.2f}" if i % 2 else f"{x:.2f}".replace(".", ",") for i, x in enumerate(AMOUNTS)]
    inference = infer({"amount": texts})
    assert "amount" not in inference.schema.by_name
    assert "some of its numbers have a decimal comma and some a decimal point" in inference.findings[0].sentence


def test_a_slip_does_not_undo_a_column():
    texts = [f"{x:.2f}".replace(".", ",") for x in AMOUNTS]
    texts[7] = "12.50"
    inference = infer({"amount": texts})
    assert inference.schema.by_name["amount"].decimal == ","
    refused = to_batch(pa.table({"amount": texts, "level": ["a"] * ROWS}), inference.schema).refused
    assert list(refused) == [7]
    assert "a number, written with a decimal comma, such as 1.234,5" in refused[7].told[0].sentence()


def test_amounts_in_several_currencies_are_no_quantity():
    inference = infer({"amount": [f"{x:.2f} {('EUR', 'USD')[i % 2]}" for i, x in enumerate(AMOUNTS)]})
    assert "amount" not in inference.schema.by_name
    assert 'its amounts are in several units, "EUR" and "USD"' in inference.findings[0].sentence


def test_missing_markers_stand_among_spelled_numbers_too():
    texts = [f"{x:.2f}".replace(".", ",") if i % 10 else ("n/a", "")[i % 20 == 0] for i, x in enumerate(AMOUNTS)]
    field = infer({"amount": texts}).schema.by_name["amount"]
    assert (field.decimal, field.nullable, field.missing_markers) == (",", True, ("n/a",))


@pytest.mark.parametrize(
    "texts",
    [
        [f"{i % 28 + 1:02}.{i % 12 + 1:02}.2023" for i in range(ROWS)],
        [f"{i % 24:02}:30" for i in range(ROWS)],
        [f"10.{i % 9}.{i % 7}" for i in range(ROWS)],
        [("1-3 months", "4-6 months")[i % 2] for i in range(ROWS)],
        [f"SKU {i}" for i in range(ROWS)],
    ],
    ids=["dates", "times", "versions", "ranges", "codes"],
)
def test_what_is_no_number_is_not_taken_for_one(texts):
    inference = infer({"other": texts})
    assert inference.findings == []
    field = inference.schema.by_name.get("other")
    assert field is None or field.kind not in {"number", "integer"}


def test_a_category_of_shares_stays_readable():
    field = infer({"discount": [("5 %", "10 %", "15 %")[i % 3] for i in range(ROWS)]}).schema.by_name["discount"]
    assert field.unit == "%" or field.levels == ("10 %", "15 %", "5 %")
