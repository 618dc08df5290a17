from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.columns import MISSING, UNSEEN, Columns, RecordReader, WarningFinder, concat, parse_day, parse_hours
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


@given(st.permutations(range(8)))
def test_the_order_of_records_is_the_order_of_rows(order):
    records = customers(8)
    whole, shuffled = read(*records), read(*[records[i] for i in order])
    np.testing.assert_array_equal(whole.take(np.array(order)).numbers, shuffled.numbers)
    np.testing.assert_array_equal(whole.take(np.array(order)).codes, shuffled.codes)


def test_batches_join_in_order():
    records = customers(5)
    joined = concat([read(*records[:2]), read(*records[2:])])
    np.testing.assert_array_equal(joined.numbers, read(*records).numbers)
    np.testing.assert_array_equal(joined.codes, read(*records).codes)


@pytest.mark.parametrize(
    ("text", "date_format", "day"),
    [
        ("2024-02-29", None, date(2024, 2, 29)),
        ("2024-02-29", "%Y-%m-%d", date(2024, 2, 29)),
        ("2024-02-29T23:59:59Z", None, date(2024, 2, 29)),
        ("2024-02-29 00:00:00", None, date(2024, 2, 29)),
        ("29.02.2024", "%d.%m.%Y", date(2024, 2, 29)),
    ],
)
def test_days_are_read_as_the_schema_writes_them(text, date_format, day):
    assert parse_day(text, date_format) == day


@pytest.mark.parametrize(
    ("text", "date_format"), [("2023-02-29", None), ("29.02.2024", None), ("2024-02-29", "%d.%m.%Y"), ("", None)]
)
def test_what_is_no_day_is_refused(text, date_format):
    with pytest.raises(ValueError):
        parse_day(text, date_format)


@pytest.mark.parametrize(
    ("text", "hours"), [("00:00", 0.0), ("13:30:00", 13.5), ("23:59:59", 86399 / 3600), ("1:06:00.5", 1.1 + 0.5 / 3600)]
)
def test_clock_times_are_hours_since_midnight(text, hours):
    assert parse_hours(text) == pytest.approx(hours)


@pytest.mark.parametrize("text", ["24:00", "12:60", "12:00:60", "-1:00", "12", "", "noon", "12:00:00:00", "12:00:nan"])
def test_what_is_no_clock_time_is_refused(text):
    with pytest.raises(ValueError):
        parse_hours(text)


def warnings_of(record):
    found = WarningFinder(CUSTOMERS).find(read(record)).get(0, [])
    return {(warning.field, warning.code) for warning in found}


def test_a_record_with_nothing_to_say_has_no_warning():
    assert WarningFinder(CUSTOMERS).find(read(customer(), customer())) == {}


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"tenure": 73}, ("tenure", "out_of_training_range")),
        ({"tenure": -1}, ("tenure", "out_of_training_range")),
        ({"joined": "2024-01-01"}, ("joined", "out_of_training_range")),
        ({"charges": None}, ("charges", "missing_value")),
        ({"wallet": -999}, ("wallet", "missing_value")),
        ({"region": None}, ("region", "missing_value")),
        ({"plan": "Platinum"}, ("plan", "unseen_level")),
    ],
)
def test_what_the_model_has_to_guess_is_told(changes, warning):
    assert warnings_of(customer(**changes)) == {warning}


def test_the_ends_of_the_training_range_are_within_it():
    assert warnings_of(customer(tenure=0)) == warnings_of(customer(tenure=72)) == set()


def test_a_field_without_a_training_range_is_never_outside_it():
    assert warnings_of(customer(wallet=1e300)) == set()


def test_warnings_stand_at_the_position_of_their_record():
    found = WarningFinder(CUSTOMERS).find(
        read(customer(), customer(plan="?"), customer(), customer(tenure=99, plan="?"))
    )
    assert {row: len(warnings) for row, warnings in found.items()} == {1: 1, 3: 2}


def test_a_batch_without_categories_or_numbers_can_be_looked_at():
    schema = Schema((Field("c", "category", levels=("x",)),))
    assert WarningFinder(schema).find(Columns(schema, np.empty((1, 0)), np.array([[0]], np.int32))) == {}
