"""Tables -> columns: what a cell may be, in text and in native types, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timezone
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.columns import MISSING, UNSEEN, Columns
from churn.errors import Problem, TableError
from churn.records import RecordReader
from churn.schema import Field, Schema
from churn.tables import identifier_texts, read_batches, read_table, to_batch
from tests.customers import AS_OF, CUSTOMERS, customer, customers, write_csv
from tests.examples import ONE_FIXTURE_FOR_ALL, examples

TEN_DAYS_BEFORE = date(2023, 12, 22)


def parse(field, values, kind=None):
    """Read one column; give the values (NaN as None) or codes, and the rows refused."""
    other = Field("other", "integer")
    table = pa.table({field.name: pa.array(values, kind), "other": [0] * len(values)})
    rows = to_batch(table, Schema((field, other), as_of=AS_OF))
    found = rows.columns.codes[:, 0] if field.is_category else rows.columns.numbers[:, 0]
    good = [None if value != value else value for value in found.tolist()]  # noqa: PLR0124
    return good, [problem.record for problem in rows.problems]


NUMBER = Field("f", "number")
INTEGER = Field("f", "integer")
MAYBE = Field("f", "number", nullable=True, missing_markers=("?", "NA"), sentinels=(-999.0,))
DAY = Field("f", "date", nullable=True, missing_markers=("never",))
TIME = Field("f", "time", nullable=True)
LETTER = Field("f", "category", levels=("a", "b"), nullable=True, missing_markers=("?",))
CODE = Field("f", "category", levels=(1, 2), nullable=True, missing_markers=("?",), sentinels=(-1.0,))
TRUTH = Field("f", "category", levels=(False, True), nullable=True, missing_markers=("?",))

TEXT_CASES = [
    (NUMBER, ["1", " 2.5 ", "-3e2", "+4", ".5", "5.", "\u00a06"], [1, 2.5, -300, 4, 0.5, 5, 6]),
    (NUMBER, ["1e308", "-1.7976931348623157e308", "5e-324", "1e-400"], [1e308, -1.7976931348623157e308, 5e-324, 0]),
    (INTEGER, ["1", "2.0", "1e3", "-0"], [1, 2, 1000, 0]),
    (INTEGER, ["9223372036854775807", "-9223372036854775808"], [2.0**63, -(2.0**63)]),
    (MAYBE, ["", " ", "?", " NA ", "-999", "-999.0", None], [None] * 7),
    (DAY, ["2023-12-22", " 2023-12-22 ", "2023-12-22T10:00:00", "2023-12-22 10:00:00"], [10] * 4),
    (DAY, ["", "never", None, " "], [None] * 4),
    (Field("f", "date", date_format="%d.%m.%y"), ["22.12.23", "1.1.24"], [10, 0]),
    (TIME, ["06:30", "6:30:00", "06:30:00.0", ""], [6.5, 6.5, 6.5, None]),
    (LETTER, ["a", " b ", "c", "A", "?", "", None], [0, 1, UNSEEN, UNSEEN, MISSING, MISSING, MISSING]),
    (CODE, ["1", "1.0", " 2 ", "02", "3", "?", "-1"], [0, 0, 1, 1, UNSEEN, MISSING, MISSING]),
    (TRUTH, ["true", "True", "FALSE", " false", "?", ""], [1, 1, 0, 0, MISSING, MISSING]),
    (Field("f", "category", levels=("?", "a"), nullable=True, missing_markers=("?",)), ["?", "a"], [0, 1]),
]


@pytest.mark.parametrize(("field", "cells", "expected"), TEXT_CASES)
@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_text_cells_are_read_by_the_schema(field, cells, expected, kind):
    assert parse(field, cells, kind) == (expected, [])


BAD_TEXT = [
    (
        NUMBER,
        [
            "abc",
            "1,5",
            "1 000",
            "0x10",
            "1_000",
            "１",
            "nan",
            "NaN",
            "inf",
            "-Infinity",
            "1e400",
            "-",
            "1.2.3",
            "NaN(1)",
        ],
    ),
    (NUMBER, ["", " ", None]),
    (MAYBE, ["nan", "n/a", "-", "None"]),
    (INTEGER, ["1.5", "9223372036854775808", "-9223372036854777000", "1e300", "18446744073709551616"]),
    (Field("f", "number", minimum=0, maximum=10), ["-0.001", "10.001", "1e308"]),
    (DAY, ["2023-02-29", "22.12.2023", "yesterday", "2023"]),
    (Field("f", "date", date_format="%d.%m.%Y"), ["2023-12-22", "22.12.23", ""]),
    (Field("f", "date", minimum=0, maximum=100), ["2024-01-02", "2000-01-01"]),
    (TIME, ["24:00", "12", "noon", "12:61", "-1:00"]),
    (Field("f", "category", levels=("a",)), ["", " ", None]),
    (Field("f", "category", levels=("a",), missing_markers=("?",)), ["?"]),
    (CODE, ["x", "1.5", "1e30", "nan", "inf", "99999999999999999999"]),
    (Field("f", "category", levels=(1,)), ["", None]),
    (TRUTH, ["yes", "1", "t"]),
]


@pytest.mark.parametrize(("field", "cells"), BAD_TEXT)
def test_text_cells_that_are_no_such_value_are_refused(field, cells):
    assert parse(field, cells, pa.string()) == ([], list(range(len(cells))))


NATIVE_CASES = [
    (NUMBER, [1, 2], pa.int8(), [1, 2]),
    (NUMBER, [2**64 - 1], pa.uint64(), [2.0**64]),
    (NUMBER, [1.5, -2.5], pa.float32(), [1.5, -2.5]),
    (NUMBER, [Decimal("1.25")], pa.decimal128(5, 2), [1.25]),
    (MAYBE, [None, -999, 3], pa.int64(), [None, None, 3]),
    (MAYBE, [None, None], pa.null(), [None, None]),
    (MAYBE, [float("nan"), 1.5], pa.float64(), [None, 1.5]),  # pandas writes missing numbers so
    (INTEGER, [1.0, 2.0], pa.float64(), [1, 2]),
    (DAY, [TEN_DAYS_BEFORE, None], pa.date32(), [10, None]),
    (DAY, [TEN_DAYS_BEFORE], pa.date64(), [10]),
    (DAY, [datetime.fromisoformat("2023-12-22T23:59")], pa.timestamp("us"), [10]),
    (
        DAY,
        [datetime.fromisoformat("1950-01-01T23:59")],
        pa.timestamp("ns"),
        [AS_OF.toordinal() - date(1950, 1, 1).toordinal()],
    ),
    (replace(DAY, missing_markers=("never", "9999-12-31")), [date(9999, 12, 31), None], pa.date32(), [None, None]),
    (replace(DAY, missing_markers=("31/12/9999",), date_format="%d/%m/%Y"), [date(9999, 12, 31)], pa.date64(), [None]),
    (DAY, [datetime(2023, 12, 22, 23, 59, tzinfo=timezone.utc)], pa.timestamp("ms", "Asia/Tokyo"), [9]),  # noqa: UP017
    (TIME, [time(6, 30), None], pa.time32("s"), [6.5, None]),
    (TIME, [time(6, 30)], pa.time32("ms"), [6.5]),
    (TIME, [time(6, 30)], pa.time64("us"), [6.5]),
    (TIME, [time(6, 30)], pa.time64("ns"), [6.5]),
    (CODE, [1, 2, 3, None, -1], pa.int64(), [0, 1, UNSEEN, MISSING, MISSING]),
    (CODE, [1.0, 2.0, None, float("nan")], pa.float64(), [0, 1, MISSING, MISSING]),
    (TRUTH, [True, False, None], pa.bool_(), [1, 0, MISSING]),
    (Field("f", "category", levels=("1", "2")), [1, 2, 3], pa.int16(), [0, 1, UNSEEN]),
    (LETTER, [None, None], pa.null(), [MISSING, MISSING]),
]


@pytest.mark.parametrize(("field", "cells", "kind", "expected"), NATIVE_CASES)
def test_native_types_are_taken_where_they_fit(field, cells, kind, expected):
    assert parse(field, cells, kind) == (expected, [])


BAD_NATIVE = [
    (MAYBE, [float("-inf"), float("inf")], pa.float64()),
    (NUMBER, [float("nan")], pa.float64()),
    (INTEGER, [1.5, 2.0**63], pa.float64()),
    (INTEGER, [2**63], pa.uint64()),
    (NUMBER, [None], pa.int64()),
    (NUMBER, [None], pa.null()),
    (CODE, [1.5, float("inf")], pa.float64()),
    (Field("f", "category", levels=(1,)), [float("nan")], pa.float64()),
    (Field("f", "integer", minimum=0), [-1], pa.int64()),
    (Field("f", "date"), [None], pa.date32()),
]


@pytest.mark.parametrize(("field", "cells", "kind"), BAD_NATIVE)
def test_native_values_that_are_no_such_value_are_refused(field, cells, kind):
    assert parse(field, cells, kind) == ([], list(range(len(cells))))


MISFITS = [
    (NUMBER, [True], pa.bool_()),
    (NUMBER, [TEN_DAYS_BEFORE], pa.date32()),
    (NUMBER, [[1]], pa.list_(pa.int64())),
    (DAY, [5], pa.int64()),
    (DAY, [time(1)], pa.time32("s")),
    (TIME, [datetime.fromisoformat("2023-01-01")], pa.timestamp("s")),
    (LETTER, [True], pa.bool_()),
    (LETTER, [1.5], pa.float64()),
    (CODE, [True], pa.bool_()),
    (TRUTH, [1], pa.int64()),
    (LETTER, [{"x": 1}], pa.struct([("x", pa.int64())])),
]


@pytest.mark.parametrize(("field", "cells", "kind"), MISFITS)
def test_a_column_whose_type_cannot_fit_is_refused_as_a_whole(field, cells, kind):
    with pytest.raises(TableError) as error:
        parse(field, cells, kind)
    assert f"'f' is of the type {kind}; expected is {field.expected()}" in str(error.value)


def test_a_bad_cell_in_a_large_column_costs_only_itself():
    cells = [f"{i}.5" for i in range(5_000)]
    cells[17] = cells[4_321] = "bad"
    values, refused = parse(NUMBER, cells)
    assert refused == [17, 4_321]
    assert len(values) == 4_998
    assert values[:3] == [0.5, 1.5, 2.5]
    assert values[-1] == 4_999.5


def test_every_problem_of_every_row_is_told_in_order():
    records = [customer(tenure="x", plan=""), customer(), customer(charges="much", senior="old", joined="?")]
    rows = to_batch(pa.table({name: [str(r[name]) for r in records] for name in records[0]}), CUSTOMERS, first_row=100)
    assert [(p.record, p.field) for p in rows.problems] == [
        (100, "tenure"),
        (100, "plan"),
        (102, "charges"),
        (102, "joined"),
        (102, "senior"),
    ]
    assert rows.good.tolist() == [False, True, False]
    assert len(rows.columns) == 1
    assert rows.problems[0] == Problem(100, "tenure", '"x"', "a whole number")


def test_a_megabyte_in_a_cell_stays_out_of_the_problem():
    rows = to_batch(pa.table({"f": ["x" * 1_000_000]}), Schema((NUMBER,)))
    assert len(rows.problems[0].received) < 120


def test_record_batches_and_chunked_tables_read_alike():
    table = pa.table({"f": pa.chunked_array([["1"], ["2", "x"]])})
    schema = Schema((NUMBER,))
    whole = to_batch(table, schema)
    batch = to_batch(table.combine_chunks().to_batches()[0], schema)
    assert whole.columns.numbers.tolist() == batch.columns.numbers.tolist() == [[1.0], [2.0]]
    assert whole.problems == batch.problems


def test_a_table_without_rows_has_columns_of_the_right_width():
    rows = to_batch(pa.table({name: pa.array([], pa.string()) for name in customer()}), CUSTOMERS)
    assert (rows.columns.numbers.shape, rows.columns.codes.shape, len(rows)) == ((0, 6), (0, 4), 0)


@pytest.mark.parametrize(
    ("names", "ids"),
    [({"id": [7, None], "customer_id": [1, 2]}, ["1", "2"]), ({"id": [7, None]}, ["7", None]), ({}, None)],
)
def test_the_identifier_is_customer_id_else_the_schemas_else_none(names, ids):
    schema = Schema((NUMBER,), identifier="id")
    assert identifier_texts(to_batch(pa.table({"f": [1, 2], **names}), schema)) == ids


def test_a_number_as_identifier_keeps_its_type():
    rows = to_batch(pa.table({"f": [1], "id": [2**62 + 1]}), Schema((NUMBER,), identifier="id"))
    assert rows.identifiers.to_pylist() == [2**62 + 1]


# --- One customer, three ways ----------------------------------------------------------------------

NUMBERS = st.floats(-1000, 5000, allow_nan=False)
RECORDS = st.fixed_dictionaries(
    {
        "tenure": st.integers(-(2**53), 2**53),
        "plan": st.sampled_from(["Basic", "Gold", "Silver", "Platinum", "Née"]),
        "charges": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "wallet": st.none() | NUMBERS | st.just(-999.0),
        "joined": st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat),
        "left_shop": st.none() | st.dates(date(1970, 1, 1), date(2050, 1, 1)).map(lambda day: day.strftime("%d/%m/%Y")),
        "last_visit": st.none() | st.times().map(lambda moment: moment.replace(microsecond=0).isoformat()),
        "region": st.sampled_from([None, "City", "Town", "?", "Moon"]),
        "senior": st.sampled_from([0, 1, 7]),
        "paperless": st.sampled_from([None, False, True]),
    }
)


def only_batch(file) -> Columns:
    (rows,) = read_batches(file, CUSTOMERS)
    assert rows.problems == []
    return rows.columns


def assert_equal(found: Columns, expected: Columns) -> None:
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    np.testing.assert_array_equal(found.codes, expected.codes)


def native(records):
    """The customers as a table of native types: dates are dates, times are times."""
    columns = {name: [record[name] for record in records] for name in records[0]}
    columns["joined"] = [date.fromisoformat(value) for value in columns["joined"]]
    columns["left_shop"] = pa.array(
        [value and datetime.strptime(value, "%d/%m/%Y").date() for value in columns["left_shop"]],  # noqa: DTZ007
        pa.date32(),
    )
    columns["last_visit"] = pa.array(
        [value and time.fromisoformat(value) for value in columns["last_visit"]], pa.time32("s")
    )
    columns["charges"] = pa.array(columns["charges"], pa.float64())
    columns["wallet"] = pa.array(columns["wallet"], pa.float64())
    columns["region"] = pa.array(columns["region"], pa.string()).dictionary_encode()
    columns["paperless"] = pa.array(columns["paperless"], pa.bool_())
    return pa.table(columns)


@settings(max_examples=examples(40))
@given(st.lists(RECORDS, min_size=1, max_size=10))
def test_records_csv_parquet_and_arrow_give_the_same_columns(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("formats")
    expected = RecordReader(CUSTOMERS).read(records)
    table = native(records)
    pq.write_table(table, folder / "t.parquet")
    with pa.ipc.new_file(folder / "t.arrow", table.schema) as writer:
        writer.write_table(table)
    text = {name: [None if r[name] is None else str(r[name]) for r in records] for name in records[0]}
    pq.write_table(
        pa.table({name: pa.array(cells, pa.string()) for name, cells in text.items()}), folder / "text.parquet"
    )
    pa_csv.write_csv(
        pa.table({name: pa.array(cells, pa.string()) for name, cells in text.items()}), folder / "arrow.csv"
    )
    assert_equal(only_batch(write_csv(folder / "t.csv", records)), expected)
    assert_equal(only_batch(folder / "arrow.csv"), expected)
    assert_equal(only_batch(folder / "t.parquet"), expected)
    assert_equal(only_batch(folder / "text.parquet"), expected)
    assert_equal(only_batch(folder / "t.arrow"), expected)


def test_a_whole_table_and_batches_give_the_same_columns(tmp_path):
    file = write_csv(tmp_path / "t.csv", customers(500), delimiter=";", encoding="utf-8-sig", lineterminator="\r\n")
    raw = read_table(file)
    assert_equal(to_batch(raw.table, CUSTOMERS, lines=raw.lines).columns, only_batch(file))


# --- Columns of any type -----------------------------------------------------------------------------

CELLS = {
    pa.string(): st.text("0123456789.,-+eE/:T \u00a0?NAaux", max_size=12) | st.sampled_from(["", "9" * 400, "1e999"]),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.int8(): st.integers(-128, 127),
    pa.float64(): st.floats(),
    pa.float32(): st.floats(width=32),
    pa.bool_(): st.booleans(),
    pa.decimal128(38, 10): st.decimals(-(10**27), 10**27, places=10, allow_nan=False, allow_infinity=False),
    pa.date32(): st.dates(),
    pa.timestamp("us"): st.datetimes(),
    pa.timestamp("s", "UTC"): st.datetimes(timezones=st.just(UTC)),
    pa.time64("us"): st.times(),
    pa.null(): st.none(),
    pa.list_(pa.int8()): st.lists(st.integers(-128, 127), max_size=2),
    pa.binary(): st.binary(max_size=4),
}


@pytest.mark.parametrize("kind", CELLS, ids=str)
@pytest.mark.parametrize("field", CUSTOMERS.fields, ids=lambda field: field.name)
@settings(max_examples=examples(10), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(data=st.data())
def test_a_column_of_any_type_is_read_or_refused_with_a_sentence(field, kind, data):
    cells = data.draw(st.lists(st.none() | CELLS[kind], max_size=5))
    table = pa.table({field.name: pa.array(cells, kind)})
    try:
        batch = to_batch(table, Schema((field,), as_of=AS_OF))
    except TableError as error:
        assert str(kind) in str(error)  # noqa: PT017  which types fit is told by the tests above
        return
    assert len(batch) == len(cells)
    assert not np.isinf(batch.columns.numbers).any()
    assert all(problem.sentence() for problem in batch.problems)


def test_a_time_zone_that_nobody_knows_is_told_with_the_column():
    table = pa.table({"f": pa.array([0], pa.timestamp("s", "4TC"))})
    with pytest.raises(TableError, match=r"The column 'f', of the type timestamp\[s, tz=4TC\], cannot be read"):
        to_batch(table, Schema((DAY,), as_of=AS_OF))


@pytest.mark.parametrize("kind", [pa.timestamp("s", "4TC"), pa.timestamp("s")], ids=str)
def test_identifiers_that_no_text_can_be_made_of_are_told(kind):
    table = pa.table({"id": pa.array([2**50], kind), "f": [1]})
    batch = to_batch(table, Schema((NUMBER,), identifier="id"))
    with pytest.raises(TableError, match="The identifiers, of the type timestamp"):
        identifier_texts(batch)
