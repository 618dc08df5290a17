from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN
from churn.records import RecordReader
from churn.schema import Field, Schema
from tests.customers import CUSTOMERS, customer, customers


def read(*records, schema=CUSTOMERS):
    return RecordReader(schema).read(records)


def number(name, record):
    columns = read(record)
    return columns.numbers[0, [field.name for field in CUSTOMERS.numbers].index(name)]


def code(name, record):
    columns = read(record)
    return columns.codes[0, [field.name for field in CUSTOMERS.categories].index(name)]


def test_numbers_dates_and_times_become_floats():
    assert number("tenure", customer(tenure=12)) == 12.0
    assert number("joined", customer(joined="2023-12-31")) == 1.0
    assert number("left_shop", customer(left_shop="22/12/2023")) == 10.0
    assert number("last_visit", customer(last_visit="13:30")) == 13.5


def test_a_day_after_as_of_is_negative():
    assert number("joined", customer(joined="2024-01-03")) == -2.0


def test_another_as_of_moves_every_date():
    later = read(customer(joined="2023-12-31"), schema=CUSTOMERS.with_as_of(date(2024, 1, 11)))
    assert later.numbers[0, 3] == 11.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("charges", None),
        ("wallet", None),
        ("wallet", -999),
        ("wallet", -999.0),
        ("left_shop", None),
        ("left_shop", "never"),
        ("left_shop", " "),
        ("last_visit", ""),
    ],
)
def test_nothing_markers_and_sentinels_are_missing_numbers(name, value):
    assert np.isnan(number(name, customer(**{name: value})))


@pytest.mark.parametrize("value", [None, "?", " ? ", ""])
def test_nothing_and_markers_are_missing_categories(value):
    assert code("region", customer(region=value)) == MISSING


def test_a_field_that_is_left_out_is_missing():
    record = customer()
    del record["region"], record["charges"]
    assert code("region", record) == MISSING
    assert np.isnan(number("charges", record))


def test_levels_become_their_position():
    assert [code("plan", customer(plan=plan)) for plan in ("Basic", "Gold", "Silver", " Gold ")] == [0, 1, 2, 1]
    assert [code("senior", customer(senior=senior)) for senior in (0, 1, 1.0)] == [0, 1, 1]
    assert [code("paperless", customer(paperless=value)) for value in (False, True)] == [0, 1]


@pytest.mark.parametrize(("name", "value"), [("plan", "gold"), ("plan", "∅"), ("senior", 2), ("senior", -(2**62))])
def test_a_level_never_seen_has_a_code_of_its_own(name, value):
    assert code(name, customer(**{name: value})) == UNSEEN


def test_types_and_shapes():
    columns = read(*customers(3))
    assert (columns.numbers.shape, columns.numbers.dtype) == ((3, 6), np.float64)
    assert (columns.codes.shape, columns.codes.dtype) == ((3, 4), np.int32)
    assert len(columns) == 3


def test_no_records_are_no_rows():
    columns = read()
    assert (columns.numbers.shape, columns.codes.shape) == ((0, 6), (0, 4))


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_schema_of_one_field_will_do(kind):
    levels = ("x",) if kind == "category" else ()
    columns = read(
        {"a": "x" if levels else 1}, {"a": None}, schema=Schema((Field("a", kind, nullable=True, levels=levels),))
    )
    assert columns.numbers.shape[1] + columns.codes.shape[1] == 1


def test_the_order_of_a_records_fields_does_not_matter():
    record = customer()
    turned = dict(reversed(record.items()))
    assert read(record).numbers.tolist() == read(turned).numbers.tolist()
    assert read(record).codes.tolist() == read(turned).codes.tolist()


def test_a_text_that_was_already_read_for_its_number_is_that_number():
    assert number("joined", customer(joined=1.0)) == number("joined", customer(joined="2023-12-31"))
    assert number("last_visit", customer(last_visit=13.5)) == number("last_visit", customer(last_visit="13:30"))
    assert np.isnan(number("left_shop", customer(left_shop=float("nan"))))
