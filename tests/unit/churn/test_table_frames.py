from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from churn.columns import MISSING
from churn.errors import TableError
from churn.records import RecordReader
from churn.tables import frame_batch
from tests.customers import CUSTOMERS, customer, customers

RECORDS = customers(80, seed=6)


def read(frame: pd.DataFrame):
    batch = frame_batch(frame, CUSTOMERS)
    assert not batch.refused, batch.problems
    return batch.columns


def assert_same(frame: pd.DataFrame, records=RECORDS):
    found, right = read(frame), RecordReader(CUSTOMERS).read(records)
    np.testing.assert_array_equal(found.numbers, right.numbers)
    np.testing.assert_array_equal(found.codes, right.codes)


def test_a_frame_is_read_as_its_records_are():
    assert_same(pd.DataFrame(RECORDS))


def test_a_frame_of_python_objects_is_read_as_its_records_are():
    assert_same(pd.DataFrame(RECORDS, dtype=object))


def test_the_types_that_pandas_has_for_missing_values_are_read_the_same():
    assert_same(pd.DataFrame(RECORDS).convert_dtypes())


def test_categoricals_are_read_as_their_levels():
    assert_same(pd.DataFrame(RECORDS).astype({"plan": "category", "senior": "category", "region": "category"}))


def test_days_and_times_are_read_as_such_and_as_texts():
    records = [customer(joined="2021-03-04", last_visit="13:45:30"), customer(joined="2020-02-29", last_visit=None)]
    assert_same(pd.DataFrame(records).astype({"joined": "datetime64[s]"}), records)
    native = [
        {**records[0], "joined": date(2021, 3, 4), "last_visit": time(13, 45, 30)},
        {**records[1], "joined": date(2020, 2, 29)},
    ]
    assert_same(pd.DataFrame(native), records)


def test_whole_numbers_that_a_join_made_floats_are_whole_numbers():
    assert_same(pd.DataFrame(RECORDS).astype({"tenure": "float64", "senior": "float64"}))


def test_decimals_are_numbers():
    assert_same(pd.DataFrame([customer(charges=Decimal("79.5"))]), [customer(charges=79.5)])


def test_texts_of_numbers_are_read_as_in_a_file():
    assert_same(pd.DataFrame([customer(tenure="12", charges="?", senior="1")]), [customer(charges=None, senior=1)])


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT], ids=["None", "NaN", "NA", "NaT"])
def test_a_column_that_is_missing_in_every_row_is_missing_whatever_its_type(nothing):
    columns = read(pd.DataFrame([customer(region=nothing, paperless=nothing, left_shop=nothing)] * 3))
    assert (columns.codes[:, [1, 3]] == MISSING).all()
    assert np.isnan(columns.numbers[:, 4]).all()


def test_a_column_that_may_be_missing_may_be_left_out():
    assert_same(pd.DataFrame(RECORDS).drop(columns="region"), [{**record, "region": None} for record in RECORDS])


def test_columns_that_nobody_knows_are_not_looked_at():
    frame = pd.DataFrame(RECORDS).assign(other=[object()] * len(RECORDS))
    frame[0] = 1  # a label that is no text
    assert_same(frame)


def test_a_column_of_several_types_is_refused_with_where_they_are():
    frame = pd.DataFrame([customer(tenure=None), customer(tenure=5), customer(tenure="six")], dtype=object)
    with pytest.raises(TableError) as error:
        frame_batch(frame, CUSTOMERS)
    assert str(error.value) == (
        "The column 'tenure' holds values of several types (int in row 2, str in row 3); "
        "expected is a whole number in every row."
    )


def test_values_that_no_table_holds_are_refused():
    with pytest.raises(
        TableError, match=r"The column 'tenure' holds what no table can \(.*\); expected is a whole number"
    ):
        frame_batch(pd.DataFrame([customer(tenure=object())]), CUSTOMERS)


def test_a_type_that_cannot_fit_is_refused_with_what_would():
    with pytest.raises(TableError, match="'tenure' is of the type bool; expected is a whole number"):
        frame_batch(pd.DataFrame([customer(tenure=True)]), CUSTOMERS)


def test_a_column_that_stands_there_twice_is_refused():
    frame = pd.DataFrame(RECORDS)
    with pytest.raises(TableError, match=r"the column\(s\) \['plan'\] more than once"):
        frame_batch(pd.concat([frame, frame[["plan"]]], axis=1), CUSTOMERS)


def test_a_value_that_has_to_be_there_is_missed_by_row():
    batch = frame_batch(pd.DataFrame([customer(), customer(plan=None)]), CUSTOMERS)
    assert [(problem.record, problem.field, problem.received) for problem in batch.problems] == [(1, "plan", "null")]
