from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from churn.errors import TrainingDataError
from churn.notices import WarningFinder
from churn.records import RecordReader
from churn.schema import Field, Label
from churn.tables import to_batch
from training.synthetic import IDENTIFIER, LABEL, make_customers
from training.table.infer import Guess, Inference, infer_schema, resolve_label

ROWS = 400
LATEST = dt.date(2020, 12, 30)


def repeated(values: Sequence[Any], rows: int = ROWS) -> list[Any]:
    return [values[i % len(values)] for i in range(rows)]


def infer(name: str, values: Sequence[Any], kind: pa.DataType | None = None, **options: Any) -> Inference:
    """Infer a table of one column, a plain one so that a feature is always left, and the label."""
    rows = len(values)
    table = pa.table(
        {
            name: pa.array(values, kind),
            "plain": [f"{i % 7}.5" for i in range(rows)],
            "left": repeated(["Yes", "No", "No"], rows),
        }
    )
    return infer_schema(table, "left", **options)


def field(values: Sequence[Any], kind: pa.DataType | None = None, name: str = "column") -> Field:
    return infer(name, values, kind).schema.by_name[name]


def guess(values: Sequence[Any], kind: pa.DataType | None = None, name: str = "column") -> Guess:
    return infer(name, values, kind).guesses[0]


def numbers(seed: int = 0, rows: int = ROWS) -> list[str]:
    return [f"{x:.2f}" for x in np.random.default_rng(seed).gamma(2, 50, rows)]


# --- Numbers ---------------------------------------------------------------------------------------


def test_numbers_written_as_text_are_numbers() -> None:
    found = field(numbers())
    assert (found.kind, found.nullable) == ("number", False)
    assert isinstance(found.example, float)


def test_whole_numbers_that_count_stay_integers() -> None:
    assert field(repeated([str(i) for i in range(11)])).kind == "integer"
    assert field(repeated(["1", "2", "3", "4"])).kind == "integer"


def test_no_hard_bound_is_ever_inferred() -> None:
    found = field(numbers())
    assert found.minimum is None
    assert found.maximum is None
    assert found.training_range is not None


@pytest.mark.parametrize(
    "marker", ["", " ", "?", "Error", "NA", "N/A", "null", "None", "nan", "-", "Unknown", "xxxxxxxx"]
)
def test_missing_markers_among_numbers_are_found(marker: str) -> None:
    found = field([marker, *numbers(), marker])
    assert (found.kind, found.nullable) == ("number", True)
    assert found.missing_markers == ((marker,) if marker else ())


def test_a_repeated_text_among_numbers_is_a_marker_though_nobody_listed_it() -> None:
    assert field([*numbers(), *["keine Angabe"] * 9]).missing_markers == ("keine Angabe",)


def test_a_single_wrong_cell_among_numbers_is_no_marker_and_is_said() -> None:
    found = infer("column", [*numbers(), "12x"])
    assert found.schema.by_name["column"].missing_markers == ()
    assert "1 cannot be read" in found.guesses[0].reason


def test_few_numbers_with_a_text_that_has_digits_are_a_category() -> None:
    assert field(repeated(["0", "1", "2", "3+"])).levels == ("0", "1", "2", "3+")


@pytest.mark.parametrize("sentinel", ["-999", "9999", "-99", "99999"])
def test_sentinels_far_from_the_rest_are_found(sentinel: str) -> None:
    found = field([*[sentinel] * 9, *repeated([str(i) for i in range(1, 27)])])
    assert found.sentinels == (int(sentinel),)
    assert found.nullable
    assert found.training_range == (1, 26)


def test_several_sentinels_are_found() -> None:
    assert field([*["-999"] * 4, *["9999"] * 4, *repeated([str(i) for i in range(30)])]).sentinels == (-999, 9999)


def test_the_only_negative_number_is_a_sentinel_where_it_repeats() -> None:
    assert field([*["-1"] * 40, *repeated([str(i) for i in range(30)])]).sentinels == (-1,)
    assert field([*["-1"] * 40, *["-2"] * 3, *repeated([str(i) for i in range(30)])]).sentinels == ()


@pytest.mark.parametrize("value", ["99", "999", "-7"])
def test_a_number_near_the_rest_is_no_sentinel(value: str) -> None:
    assert (
        field(
            [*[value] * 9, *repeated([str(i) for i in range(int(value) - 60, int(value)) if i >= 0] or ["1", "5"])]
        ).sentinels
        == ()
    )


def test_one_far_number_alone_is_no_sentinel() -> None:
    assert field(["9999", *repeated([str(i) for i in range(30)])]).sentinels == ()


@pytest.mark.parametrize("end", ["9223372036854775807", "-9223372036854775808"])
@pytest.mark.parametrize(
    "rest", [[f"{i}.5" for i in range(60)], [str(i) for i in range(60)]], ids=["decimals", "whole"]
)
def test_the_end_of_64_bits_is_no_quantity_however_rare(end: str, rest: list[str]) -> None:
    found = field([*[end] * 2, *repeated(rest)])
    assert found.sentinels == (int(float(end)),)
    assert found.training_range is not None
    assert max(map(abs, found.training_range)) < 100


def test_the_end_of_64_bits_in_a_native_column_is_missing_too() -> None:
    assert field([2**63 - 1, *[i % 60 for i in range(ROWS)]], pa.int64()).sentinels == (2**63,)


def test_the_reason_for_numbers_that_are_not_read_names_one_of_those() -> None:
    found = guess([*[f"{i}.25" for i in range(ROWS)], "0099"])
    assert found.role == "ignored"
    assert '"0099"' in found.reason


def test_a_column_without_a_finite_number_is_left_out_with_the_reason() -> None:
    assert guess([float("inf")] * ROWS, pa.float64()).reason == "no number in it is finite"


def test_a_column_of_no_type_is_empty() -> None:
    assert guess([None] * ROWS, pa.null()).reason == "every cell is empty"


def test_numbers_in_a_spelling_that_nobody_reads_are_left_out_with_the_reason() -> None:
    found = guess([f"1 {i},567.{i % 10}" for i in range(100, 100 + ROWS)])
    assert found.role == "ignored"
    assert "write them like 1234.5" in found.reason


# --- Codes and categories --------------------------------------------------------------------------


def test_a_flag_of_0_and_1_is_a_category_of_whole_numbers() -> None:
    found = field(repeated(["0", "1", "1"]))
    assert (found.kind, found.levels, found.example) == ("category", (0, 1), 1)


def test_a_flag_with_a_marker_and_a_sentinel_keeps_both() -> None:
    found = field([*repeated(["0", "1"]), *["Unknown"] * 5, *["-999"] * 5])
    assert (found.levels, found.missing_markers, found.sentinels) == ((0, 1), ("Unknown",), (-999,))


def test_codes_of_one_length_with_gaps_are_a_category() -> None:
    assert field(repeated(["415", "408", "510"])).levels == (408, 415, 510)


@pytest.mark.parametrize(
    "values", [["100", "200", "500"], ["2015", "2016", "2017"], ["1", "12", "24"], ["8", "15", "510"]]
)
def test_round_dense_or_uneven_whole_numbers_are_quantities(values: list[str]) -> None:
    assert field(repeated(values)).kind == "integer"


def test_a_name_may_support_that_numbers_are_codes() -> None:
    assert field(repeated(["1", "2", "3"]), name="plan_code").kind == "category"
    assert field(repeated(["1", "2", "3"]), name="products").kind == "integer"


@pytest.mark.parametrize("name", ["BRANCH", "homeCity", "product", "store_2", "region_id", "branch_no", "Código"])
def test_a_thing_that_companies_number_is_a_category_where_its_numbers_repeat(name: str) -> None:
    assert field(repeated(["1", "2", "3"]), name=name).kind == "category"
    assert field(numbers(), name="product").kind == "number"


@pytest.mark.parametrize("name", ["NumOfProducts", "product_count", "num_product", "store visits", "city_population"])
def test_what_counts_or_measures_things_stays_a_number(name: str) -> None:
    assert field(repeated(["1", "2", "3"]), name=name).kind == "integer"


def test_the_ends_of_numbers_are_written_for_people() -> None:
    assert "numbers, 1 to 1,076,090" in guess(repeated(["1", "2.5", "1076090"])).reason


def test_a_name_alone_decides_nothing() -> None:
    assert field(numbers(), name="customer_code").kind == "number"
    assert field(repeated(["a", "b"]), name="age_id").kind == "category"


def test_texts_that_begin_with_zero_are_no_numbers() -> None:
    assert field(repeated(["00501", "10001", "02134"])).levels == ("00501", "02134", "10001")


def test_yes_and_no_stay_texts() -> None:
    found = infer("column", repeated(["Yes", "No"]))
    assert found.schema.by_name["column"].levels == ("No", "Yes")
    assert found.guesses[0].reason == "yes or no"


@pytest.mark.parametrize("spelled", [["true", "false"], ["True", "False"], ["TRUE", "false"]])
def test_true_and_false_become_truth_values(spelled: list[str]) -> None:
    assert field(repeated(spelled)).levels == (False, True)


def test_levels_that_differ_only_in_blanks_are_one() -> None:
    assert field(repeated(["DSL", " DSL", "DSL ", "Fiber"])).levels == ("DSL", "Fiber")


@pytest.mark.parametrize("marker", ["?", "NA", "N/A", "null", "nan", "-", "xxxxxxxx"])
def test_markers_among_categories_are_missing(marker: str) -> None:
    found = field(repeated(["Town", "City", marker]))
    assert (found.levels, found.missing_markers, found.nullable) == (("City", "Town"), (marker,), True)


@pytest.mark.parametrize("level", ["Unknown", "None", "Other"])
def test_what_may_be_a_level_stays_one_among_categories(level: str) -> None:
    assert level in field(repeated(["Town", "City", level])).levels


def test_many_levels_that_repeat_are_a_category() -> None:
    assert len(field(repeated([f"state {i}" for i in range(51)], 2000)).levels) == 51


def test_many_rare_texts_are_left_out_with_the_reason() -> None:
    found = guess([f"name{int(i)}" for i in np.random.default_rng(0).integers(0, 200, 1000)])
    assert found.role == "ignored"
    assert "too rare to learn from" in found.reason


def test_more_levels_than_a_category_may_have_are_left_out() -> None:
    values = [f"s{i}" for i in range(51_000) for _ in range(20)]
    table = pa.table({"shop": values, "x": repeated(["1.5", "2"], len(values)), "y": repeated([0, 1], len(values))})
    assert "may have 50,000" in infer_schema(table, "y").guesses[0].reason


# --- Nothing to learn from -------------------------------------------------------------------------


@pytest.mark.parametrize("values", [repeated(["a"]), repeated(["1"]), repeated(["2.5"]), repeated(["2020-01-01"])])
def test_a_column_with_one_value_is_left_out(values: list[str]) -> None:
    assert guess(values).role == "ignored"


@pytest.mark.parametrize("values", [repeated([""]), repeated([None]), repeated(["?"]), repeated(["NA", ""])])
def test_an_empty_column_is_left_out(values: list[str | None]) -> None:
    assert guess(values, pa.string()).role == "ignored"


def test_one_value_or_nothing_still_tells_something() -> None:
    assert field(repeated(["Y", ""])).levels == ("Y",)
    assert field(repeated(["1", ""])).levels == (1,)


# --- Identifiers -----------------------------------------------------------------------------------


def test_a_text_of_its_own_in_every_row_identifies() -> None:
    found = infer("column", [f"{i * 7919:05d}-X" for i in range(ROWS)])
    assert found.schema.identifier == "column"
    assert found.guesses[0].role == "identifier"


def test_whole_numbers_that_never_repeat_in_a_narrow_range_identify() -> None:
    values = np.random.default_rng(0).permutation(5 * ROWS)[:ROWS] + 70_000
    assert infer("column", values.astype(str).tolist()).schema.identifier == "column"


def test_long_whole_numbers_of_one_length_identify() -> None:
    values = np.random.default_rng(0).integers(10**9, 9 * 10**9, 60)
    assert infer("column", values.astype(str).tolist()).schema.identifier == "column"


def test_numbers_too_long_for_a_float_identify() -> None:
    assert infer("column", [f"{10**19 + i * i}" for i in range(ROWS)]).schema.identifier == "column"


def test_quantities_that_hardly_repeat_do_not_identify() -> None:
    assert field([str(int(x)) for x in np.random.default_rng(0).lognormal(10, 1, ROWS)]).kind == "integer"
    assert field(numbers()).kind == "number"


def test_of_several_identifiers_the_running_number_is_not_chosen() -> None:
    table = pa.table(
        {
            "row": [str(i + 1) for i in range(ROWS)],
            "number": np.random.default_rng(0).permutation(3 * ROWS)[:ROWS].astype(str),
            "other_id": [f"r{i // 2}" for i in range(ROWS)],
            "x": numbers(),
            "y": repeated(["0", "1"]),
        }
    )
    found = infer_schema(table, "y")
    assert found.schema.identifier == "number"
    assert [g.role for g in found.guesses] == ["ignored", "identifier", "ignored", "feature", "label"]
    assert "running number" in found.guesses[0].reason
    assert "named like an identifier" in found.guesses[2].reason


def test_an_identifier_with_placeholders_is_left_out_and_the_placeholder_said() -> None:
    found = guess([f"CID{i:05d}" if i % 2 else "xxxxxxxx" for i in range(ROWS)], name="referral_id")
    assert found.role == "ignored"
    assert '"xxxxxxxx" taken as missing' in found.reason


def test_free_text_is_no_identifier() -> None:
    found = infer("column", [f"customer {i} was not amused" for i in range(ROWS)])
    assert found.schema.identifier is None
    assert "free text" in found.guesses[0].reason


def test_the_reserved_name_never_becomes_a_feature() -> None:
    found = infer("customer_id", repeated(["a", "b"]))
    assert "reserved" in dict(found.schema.ignored)["customer_id"]


def test_keep_makes_a_feature_of_what_would_be_left_out() -> None:
    ids = [str(10_000 + 3 * i) for i in range(ROWS)]
    assert infer("column", ids, keep=["column"]).schema.by_name["column"].kind == "integer"
    surnames = [f"name{i}" for i in range(ROWS)]
    assert len(infer("column", surnames, keep=["column"]).schema.by_name["column"].levels) == ROWS
    assert infer("column", repeated(["a"]), keep=["column"]).schema.by_name["column"].levels == ("a",)


def test_drop_leaves_a_column_out() -> None:
    assert dict(infer("column", numbers(), drop=["column"]).schema.ignored) == {"column": "left out as asked"}


@pytest.mark.parametrize("option", ["keep", "drop"])
def test_a_named_column_that_is_not_there_is_refused_with_the_nearest(option: str) -> None:
    with pytest.raises(TrainingDataError, match=r"no column 'colum'.*Did you mean 'column'"):
        infer("column", numbers(), **{option: ["colum"]})


# --- Days and times --------------------------------------------------------------------------------


def days(form: str, rows: int = ROWS) -> list[str]:
    return [(dt.date(2020, 1, 1) + dt.timedelta(days=7 * i % 365)).strftime(form) for i in range(rows)]


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y",
     "%d.%m.%y", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
     "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S"],
)  # fmt: skip
def test_common_forms_of_dates_are_found_and_read_back(form: str) -> None:
    found = infer("column", days(form))
    assert found.schema.by_name["column"].date_format == form
    read = to_batch(pa.table({"column": days(form), "plain": repeated(["1.5"])}), found.schema)
    expected = [(LATEST - (dt.date(2020, 1, 1) + dt.timedelta(days=7 * i % 365))).days for i in range(ROWS)]
    assert found.schema.as_of == LATEST
    assert read.columns.numbers[:, 0].tolist() == expected


@pytest.mark.parametrize("time", ["T10:11:12", " 10:11:12", "T10:11:12Z", " 10:11:12.123456+02:00"])
def test_an_iso_date_may_carry_a_time(time: str) -> None:
    found = infer("column", [day + time for day in days("%Y-%m-%d")])
    assert found.schema.by_name["column"].date_format == "%Y-%m-%d"
    assert to_batch(pa.table({"column": [f"2020-01-02{time}"], "plain": ["1.5"]}), found.schema).good.all()


def test_day_and_month_that_cannot_be_told_apart_are_said() -> None:
    found = infer("column", repeated([f"{d:02d}/{m:02d}/2020" for d in range(1, 13) for m in range(1, 13)]))
    assert found.schema.by_name["column"].date_format == "%d/%m/%Y"
    assert "cannot be told apart" in found.guesses[0].reason


def test_a_part_that_is_always_one_is_the_day() -> None:
    assert field(repeated([f"{m:02d}/01/2020" for m in range(1, 13)])).date_format == "%m/%d/%Y"


def test_days_that_do_not_exist_are_no_days() -> None:
    found = infer("column", [*days("%d/%m/%Y"), "31/02/2020"])
    assert "1 cannot be read" in found.guesses[0].reason


def test_markers_among_dates_are_missing() -> None:
    assert field([*days("%Y-%m-%d"), *["Unknown"] * 3]).missing_markers == ("Unknown",)


def test_a_day_far_from_all_others_that_repeats_is_a_marker_and_not_the_latest() -> None:
    found = infer("column", [*days("%Y-%m-%d"), *["9999-12-31"] * 5])
    assert found.schema.by_name["column"].missing_markers == ("9999-12-31",)
    assert found.schema.as_of == LATEST


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_such_a_day_in_a_native_type_is_a_marker_too(kind: pa.DataType) -> None:
    values = [dt.datetime.fromisoformat(text) for text in [*days("%Y-%m-%d"), *["9999-12-31"] * 5]]
    found = infer("column", values, kind)
    assert found.schema.by_name["column"].missing_markers == ("9999-12-31",)
    assert found.schema.by_name["column"].nullable
    assert found.schema.as_of == LATEST


def test_dates_count_back_from_the_latest_day_of_all_columns() -> None:
    table = pa.table({"a": days("%Y-%m-%d"), "b": repeated(["2021-01-01", "2023-01-01"]), "y": repeated(["0", "1"])})
    assert infer_schema(table, "y").schema.as_of == dt.date(2023, 1, 1)


def test_as_of_may_be_given() -> None:
    found = infer("column", days("%Y-%m-%d"), as_of=dt.date(2024, 1, 1))
    assert found.schema.as_of == dt.date(2024, 1, 1)
    assert found.schema.by_name["column"].training_range == (1097.0, 1461.0)


def test_without_dates_there_is_no_as_of() -> None:
    assert infer("column", numbers()).schema.as_of is None


@pytest.mark.parametrize("form", ["{:02d}:{:02d}:00", "{}:{:02d}", "{:02d}:{:02d}:09.5"])
def test_clock_times_are_found(form: str) -> None:
    found = field([form.format(i % 24, i % 60) for i in range(ROWS)])
    assert found.kind == "time"
    assert found.training_range is not None
    assert 0 <= found.training_range[0] < found.training_range[1] < 24


def test_durations_beyond_a_day_are_no_clock_times() -> None:
    assert guess([f"{i // 4}:{i % 60:02d}" for i in range(ROWS)]).kind != "time"


# --- Native types ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (list(range(30)) * 3, pa.int16(), "integer"),
        (list(range(30)) * 3, pa.uint64(), "number"),
        ([1.5, 2.5, 3.5] * 20, pa.float32(), "number"),
        ([Decimal("1.50"), Decimal("2.25"), Decimal("9.10")] * 20, pa.decimal128(8, 2), "number"),
        ([True, False] * 20, pa.bool_(), "category"),
        (["a", "b"] * 20, pa.dictionary(pa.int8(), pa.string()), "category"),
        (["a", "b"] * 20, pa.large_string(), "category"),
        ([dt.date(2020, 1, 1), dt.date(2020, 5, 1)] * 20, pa.date32(), "date"),
        ([dt.datetime(2020, 1, 1, 5), dt.datetime(2020, 5, 1, 7)] * 20, pa.timestamp("us"), "date"),  # noqa: DTZ001
        ([dt.time(1, 2), dt.time(3, 4)] * 20, pa.time32("s"), "time"),
    ],
)
def test_native_types_are_taken_as_they_are(values: list[Any], kind: pa.DataType, expected: str) -> None:
    found = infer("column", values, kind)
    assert found.schema.by_name["column"].kind == expected
    table = pa.table({"column": pa.array(values, kind), "plain": repeated(["1.5"], len(values))})
    assert to_batch(table, found.schema).good.all()


def test_native_nulls_make_a_field_nullable() -> None:
    assert field([1.5, None, 2.5] * 20, pa.float64()).nullable
    assert field([True, None, False] * 20, pa.bool_()).levels == (False, True)


def test_a_type_that_is_no_plain_value_is_left_out() -> None:
    found = guess([[1], [2, 3]] * 20, pa.list_(pa.int64()))
    assert found.role == "ignored"
    assert "list" in found.reason


# --- Whole tables ----------------------------------------------------------------------------------


def test_synthetic_customers_are_understood_as_they_were_made() -> None:
    found = infer_schema(make_customers(2_000, seed=1).table, LABEL)
    kinds = {g.column: g.kind or g.role for g in found.guesses}
    assert found.schema.identifier == IDENTIFIER
    assert kinds["referral_id"] == "ignored"
    assert kinds["joining_date"] == "date"
    assert kinds["last_visit_time"] == "time"
    assert found.schema.by_name["days_since_last_login"].sentinels == (-999,)
    assert found.schema.by_name["avg_frequency_login_days"].missing_markers == ("Error",)
    assert found.schema.by_name["medium_of_operation"].missing_markers == ("?",)
    assert found.schema.by_name["gender"].levels[:2] == ("F", "M")


def test_every_row_of_the_table_can_be_read_by_its_schema() -> None:
    table = make_customers(2_000, seed=2).table
    assert to_batch(table, infer_schema(table, LABEL).schema).good.all()


def test_the_example_record_is_a_valid_one_without_warnings() -> None:
    schema = infer_schema(make_customers(500, seed=3).table, LABEL).schema
    columns = RecordReader(schema).read([{f.name: f.example for f in schema.fields}])
    assert WarningFinder(schema).find(columns) == {}


def test_every_column_has_one_guess_with_a_reason() -> None:
    table = make_customers(300).table
    found = infer_schema(table, LABEL)
    assert [g.column for g in found.guesses] == table.column_names
    assert all(g.reason for g in found.guesses)


def test_names_of_columns_do_not_matter() -> None:
    table = make_customers(1_000, seed=4).table
    renamed = table.rename_columns([f"c{i}" for i in range(table.num_columns)])
    kinds, others = (infer_schema(t, t.column_names[-1]).guesses for t in (table, renamed))
    assert [(g.role, g.kind) for g in kinds] == [(g.role, g.kind) for g in others]


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(TrainingDataError, match="no rows"):
        infer_schema(pa.table({"a": pa.array([], pa.string()), "y": pa.array([], pa.string())}), "y")


def test_a_table_with_nothing_to_learn_from_is_refused_with_the_reasons() -> None:
    table = pa.table({"id": [f"u{i}" for i in range(ROWS)], "same": repeated(["a"]), "y": repeated(["0", "1"])})
    with pytest.raises(TrainingDataError, match="id: another text in every row; same: every row has the same value"):
        infer_schema(table, "y")


# --- The label -------------------------------------------------------------------------------------


def label_of(values: Sequence[Any], positive: Any = None) -> Any:
    return resolve_label(pa.table({"left": values}), "left", positive)


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (["Yes", "No"], "Yes"),
        (["yes", "no"], "yes"),
        (["0", "1"], 1),
        (["0.0", "1.0"], 1),
        ([0, 1], 1),
        ([0.0, 1.0], 1),
        ([True, False], True),
        (["True", "False"], True),
        (["True.", "False."], "True."),
        (["Churned", "Stayed"], "Churned"),
        (["Existing Customer", "Attrited Customer"], "Attrited Customer"),
        (["Active", "Moved away"], "Moved away"),
    ],
)
def test_the_obvious_value_means_leaving_and_has_the_type_of_the_data(values: list[Any], positive: Any) -> None:
    found = label_of(values)
    assert found.label.positive == positive
    assert type(found.label.positive) is type(positive)
    assert found.values.tolist() == [1 if _same(value, positive) else 0 for value in values]


def _same(value: Any, positive: Any) -> bool:
    return str(value).lower().removesuffix(".0") == str(positive).lower() or value == positive


@pytest.mark.parametrize("given", ["No", "no", " No "])
def test_the_positive_value_may_be_given(given: str) -> None:
    assert label_of(["Yes", "No"], given).label.positive == "No"


def test_a_given_text_fits_a_number_and_a_truth_value() -> None:
    assert label_of([0, 1], "0").label.positive == 0
    assert label_of(["0.0", "1.0"], "1").label.positive == 1
    assert label_of([True, False], "False").label.positive is False


def test_rows_without_a_label_are_not_known_and_that_is_said() -> None:
    found = label_of(["Yes", "", None, "No", "?"])
    assert found.known.tolist() == [True, False, False, True, False]
    assert "3 rows have no value in the label column" in found.notes[-1]


@pytest.mark.parametrize(
    ("values", "positive", "sentence"),
    [
        (
            ["A", "B"],
            None,
            "Which value of 'left' means that a customer left: 'A' .1 rows., 'B' .1 rows.. Say it with --positive",
        ),
        (["Yes", "Yes"], None, 'has only the value "Yes" .2 rows.'),
        (["Yes", "No", "Maybe", "No"], None, "has 3 values, it may have two: 'No' .2 rows., 'Yes'"),
        (["Yes", "No"], "Ja", "--positive is 'Ja', which is no value of the label column 'left'"),
        (["", " "], None, "is empty"),
    ],
)
def test_an_unusable_label_is_refused_with_what_is_there(
    values: list[str], positive: str | None, sentence: str
) -> None:
    with pytest.raises(TrainingDataError, match=sentence):
        label_of(values, positive)


STATUS = ["Churned"] * 2 + ["Stayed"] * 4 + ["Joined"] * 3 + ["?"]


def status(*options: Any, **more: Any) -> Any:
    return resolve_label(pa.table({"status": STATUS}), "status", *options, **more)


def test_of_three_values_one_is_named_and_all_others_stay() -> None:
    found = status("churned")
    assert found.label == Label("status", "Churned")
    assert found.values[found.known].tolist() == [1] * 2 + [0] * 7
    assert found.notes[0] == "By status, left: 'Churned' (2 rows); stayed: 'Stayed' (4 rows), 'Joined' (3 rows)."


def test_customers_of_a_value_are_left_out_and_that_is_said() -> None:
    found = status("Churned", drop=["joined"])
    assert found.known.tolist() == [True] * 6 + [False] * 4
    assert found.values[found.known].tolist() == [1, 1, 0, 0, 0, 0]
    assert found.notes == (
        "By status, left: 'Churned' (2 rows); stayed: 'Stayed' (4 rows); left out: 'Joined' (3 rows).",
        "1 rows have no value in the label column 'status'; they were left out.",
    )


def test_of_the_two_values_that_are_left_the_obvious_one_means_leaving() -> None:
    assert status(drop=["Joined"]).label.positive == "Churned"
    found = resolve_label(pa.table({"left": ["0", "1", "test"]}), "left", drop=["test"])
    assert found.label.positive == 1


def test_several_values_are_left_out() -> None:
    found = resolve_label(pa.table({"y": list("aabbcd")}), "y", "a", ["c", "d"])
    assert found.known.tolist() == [True] * 4 + [False] * 2


def test_a_value_that_may_be_missing_from_the_table_is_left_out_where_it_is_there() -> None:
    found = status("Churned", drop_if_there=["Joined", "Paused"])
    assert int(found.known.sum()) == 6


def test_of_many_values_that_stay_ten_are_named() -> None:
    found = label_of([str(i) for i in range(15)], "3")
    assert found.values.tolist() == [int(i == 3) for i in range(15)]
    assert found.notes[0].count("(1 rows)") == 11
    assert found.notes[0].endswith("and 4 more.")


def test_spellings_that_differ_in_case_mean_the_same() -> None:
    found = resolve_label(pa.table({"y": ["Yes", "yes", "No", "Trial", "trial"]}), "y", "yes", ["Trial"])
    assert found.values[found.known].tolist() == [1, 1, 0]
    assert found.known.tolist() == [True, True, True, False, False]
    assert found.label.positive == "yes"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, r"Say with --positive VALUE which one means leaving .* leave customers out with --drop-label VALUE"),
        ({"positive": "Left"}, "--positive is 'Left', which is no value of the label column 'status'"),
        ({"drop": ["Joind"]}, "--drop-label is 'Joind', which is no value .* its values are 'Stayed' .4 rows."),
        ({"positive": "joined", "drop": ["Joined"]}, "'joined' is to mean leaving and to be left out"),
        ({"drop": ["Joined", "Stayed"]}, 'has only the value "Churned" .2 rows.'),
        ({"drop": ["Joined", "Stayed", "Churned"]}, "is empty"),
    ],
)
def test_options_that_leave_no_one_who_left_or_stayed_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TrainingDataError, match=sentence):
        status(**options)


def test_a_label_whose_values_all_mean_leaving_is_refused() -> None:
    with pytest.raises(TrainingDataError, match=r"All values of 'left' mean leaving: .*; nobody stayed"):
        label_of(["Yes", "yes"], "yes")


def test_a_missing_label_column_is_refused_with_the_nearest_name_and_the_list() -> None:
    table = pa.table({"Exited": [0, 1], "Age": [1, 2]})
    with pytest.raises(
        TrainingDataError, match=r"no column 'exit', .* Did you mean 'Exited'. Its columns are: Exited, Age"
    ):
        resolve_label(table, "exit")


def test_a_number_as_label_with_many_values_shows_the_most_frequent_only() -> None:
    with pytest.raises(TrainingDataError, match=r"has 400 values.*…"):
        label_of([str(i) for i in range(ROWS)])
