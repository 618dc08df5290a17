from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from churn.columns import MISSING, Columns
from churn.errors import TrainingDataError
from churn.schema import Field, Schema
from training.look.inspect import Look, look_at
from training.synthetic import make_customers
from training.table.infer import infer_schema, resolve_label

ROWS = 1_000
RNG = np.random.default_rng(0)
LABELS = (RNG.random(ROWS) < 0.3).astype(np.int8)


def columns(numbers: dict[str, Any], categories: dict[str, Any] | None = None, rows: int = ROWS) -> Columns:
    """Make columns of numbers and of codes; a plain number comes first, so that no two rows are equal by chance."""
    numbers = {"plain": np.random.default_rng(9).normal(size=rows), **numbers}
    coded = {name: np.asarray(codes, np.int32) for name, codes in (categories or {}).items()}
    fields = [Field(name, "number", nullable=True) for name in numbers]
    fields += [
        Field(name, "category", nullable=True, levels=tuple(f"{name}{i}" for i in range(max(int(codes.max()), 0) + 1)))
        for name, codes in coded.items()
    ]
    matrix = np.column_stack([np.asarray(values, float) for values in numbers.values()])
    codes = np.column_stack(list(coded.values())) if coded else np.empty((rows, 0), np.int32)
    return Columns(Schema(tuple(fields)), matrix, codes)


def said(look: Look, column: str | None) -> str:
    return " ".join(f"{finding.level}: {finding.sentence}" for finding in look.findings if finding.column == column)


def test_sound_data_gives_no_warning_and_drops_nothing() -> None:
    made = make_customers(2_000, 1, markers=False, sentinels=False)
    schema = infer_schema(made.table, "churn").schema
    from churn.tables import to_batch

    look = look_at(to_batch(made.table, schema).columns, made.label, made.table["customer_id"].to_pylist())
    assert [finding for finding in look.findings if finding.level == "warning"] == []
    assert look.drop == {}
    assert len(look.rows) == 2_000
    assert "2,000 customers" in said(look, None)


def test_ignored_columns_are_said_with_their_reason() -> None:
    data = columns({})
    schema = Schema(data.schema.fields, ignored=(("name", "free text"),))
    look = look_at(Columns(schema, data.numbers, data.codes), LABELS)
    assert said(look, "name") == "info: Not used: free text."


# --- Rows ------------------------------------------------------------------------------------------


def with_repeats(repeats: int) -> tuple[Columns, npt.NDArray[np.int8]]:
    rows = np.concatenate([np.arange(ROWS), np.arange(repeats)])
    data = columns({"x": RNG.normal(size=ROWS)}, {"c": RNG.integers(-2, 3, ROWS)})
    data.numbers[::7, 1] = np.nan
    return data.take(rows), LABELS[rows]


def test_rows_equal_but_for_the_identifier_are_left_out_and_said() -> None:
    data, labels = with_repeats(22)
    look = look_at(data, labels, [f"u{i}" for i in range(len(labels))])
    assert look.rows.tolist() == list(range(ROWS))
    assert "22 rows equal an earlier row but for the identifier; they were left out." in said(look, None)


def test_many_equal_rows_are_customers_who_look_alike_and_stay() -> None:
    data, labels = with_repeats(200)
    look = look_at(data, labels, [f"u{i}" for i in range(len(labels))])
    assert len(look.rows) == ROWS + 200
    assert "200 rows (17%) equal an earlier row" in said(look, None)
    assert look.groups[:200].tolist() == look.groups[ROWS:].tolist()
    assert len(set(look.groups.tolist())) == ROWS


def test_many_equal_rows_with_equal_identifiers_are_left_out() -> None:
    data, labels = with_repeats(200)
    look = look_at(data, labels, [f"u{i % ROWS}" for i in range(len(labels))])
    assert len(look.rows) == ROWS
    assert "200 rows equal an earlier row with its identifier; they were left out." in said(look, None)


def test_equal_rows_with_different_labels_are_said_and_stay() -> None:
    data, labels = with_repeats(10)
    labels[ROWS:] = 1 - labels[ROWS:]
    look = look_at(data, labels)
    assert len(look.rows) == ROWS + 10
    assert "20 rows equal another row in every field, yet one customer left and one stayed" in said(look, None)


def test_repeated_identifiers_are_said() -> None:
    look = look_at(columns({}), LABELS, [f"u{i // 2}" for i in range(ROWS)])
    assert "1,000 rows share their identifier" in said(look, None)
    assert look.groups[::2].tolist() == look.groups[1::2].tolist()


def test_missing_identifiers_are_not_repeated_ones() -> None:
    assert "share" not in said(look_at(columns({}), LABELS, [None] * ROWS), None)


# --- The label -------------------------------------------------------------------------------------


def labels_with(left: int, rows: int = ROWS) -> npt.NDArray[np.int8]:
    return (np.random.default_rng(3).permutation(rows) < left).astype(np.int8)


@pytest.mark.parametrize("left", [9, 1, 0, ROWS - 9])
def test_too_few_of_a_class_are_refused(left: int) -> None:
    with pytest.raises(TrainingDataError, match="at least 10 who left and who stayed"):
        look_at(columns({}), labels_with(left))


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(TrainingDataError, match=r"49 customers.*at least 50"):
        look_at(columns({}, rows=49), labels_with(20, 49))


def test_few_churners_or_stayers_are_said() -> None:
    assert "warning: Only 40 customers left" in said(look_at(columns({}), labels_with(40)), None)
    assert "warning: Only 40 customers stayed" in said(look_at(columns({}), labels_with(ROWS - 40)), None)


def test_few_rows_are_said() -> None:
    assert "300 rows are few" in said(look_at(columns({}, rows=300), labels_with(100, 300)), None)


def test_an_extreme_churn_rate_is_said() -> None:
    assert "0.60% of the customers left, which is extreme" in said(
        look_at(columns({}, rows=10_000), labels_with(60, 10_000)), None
    )


# --- Columns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [np.full(ROWS, 3.0), np.full(ROWS, np.nan)])
def test_a_number_that_says_nothing_is_left_out(values: npt.NDArray[np.float64]) -> None:
    assert list(look_at(columns({"x": values}), LABELS).drop) == ["x"]


@pytest.mark.parametrize("code", [0, MISSING])
def test_a_category_that_says_nothing_is_left_out(code: int) -> None:
    assert list(look_at(columns({}, {"c": np.full(ROWS, code)}), LABELS).drop) == ["c"]


def test_one_value_or_none_may_say_something() -> None:
    assert look_at(columns({"x": np.where(RNG.random(ROWS) < 0.5, 1.0, np.nan)}), LABELS).drop == {}


def test_a_high_missing_share_is_said() -> None:
    assert "90% of the values are missing" in said(
        look_at(columns({"x": np.where(np.arange(ROWS) % 10, np.nan, RNG.normal(size=ROWS))}), LABELS), "x"
    )


def test_a_column_that_is_empty_is_said_once() -> None:
    look = look_at(columns({"x": np.full(ROWS, np.nan)}), LABELS)
    assert said(look, "x") == "warning: This column is empty in every row; it was left out; --keep keeps it."


def test_rare_levels_are_said() -> None:
    codes = RNG.integers(0, 3, ROWS)
    codes[:5] = 3
    assert "1 of 4 levels stand in fewer than 20 rows: c3" in said(look_at(columns({}, {"c": codes}), LABELS), "c")


def test_levels_that_differ_in_capitals_only_are_said() -> None:
    data = columns({}, {"c": RNG.integers(0, 2, ROWS)})
    fields = (data.schema.fields[0], Field("c", "category", nullable=True, levels=("Yes", "yes")))
    look = look_at(Columns(Schema(fields), data.numbers, data.codes), LABELS)
    assert "differ only in capital letters are different levels: Yes and yes" in said(look, "c")


def give_aways() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    noise = np.random.default_rng(1).normal(size=ROWS)
    return {
        "a number": ({"leak": LABELS * 10 + noise}, {}),
        "a number the other way round": ({"leak": -LABELS * 10 + noise}, {}),
        "a number that is missing for those who stayed": ({"leak": np.where(LABELS, noise, np.nan)}, {}),
        "a number that is extreme, up or down, for those who left": (
            {"leak": np.where(LABELS, 9 * np.sign(noise), noise / 9)},
            {},
        ),
        "a category": ({}, {"leak": np.where(LABELS, RNG.integers(0, 3, ROWS), RNG.integers(3, 6, ROWS))}),
        "a category that is missing for those who stayed": ({}, {"leak": np.where(LABELS, 0, MISSING)}),
    }


@pytest.mark.parametrize("kind", give_aways())
def test_a_column_that_gives_the_label_away_is_left_out_with_a_warning(kind: str) -> None:
    look = look_at(columns(*give_aways()[kind]), LABELS)
    assert list(look.drop) == ["leak"]
    assert "warning: This column gives the label away" in said(look, "leak")


def test_a_column_that_gives_the_label_away_stays_when_asked_and_is_said() -> None:
    look = look_at(columns({"leak": LABELS}), LABELS, keep=["leak"])
    assert look.drop == {}
    assert "it was kept, as asked" in said(look, "leak")


def test_a_value_for_every_customer_gives_nothing_away() -> None:
    assert look_at(columns({}, {"c": np.arange(ROWS)}), LABELS).drop == {}


def test_a_good_but_honest_column_stays() -> None:
    assert look_at(columns({"x": LABELS * 2 + np.random.default_rng(5).normal(size=ROWS)}), LABELS).drop == {}


def test_when_every_column_is_dropped_training_is_refused() -> None:
    data = columns({})
    data.numbers[:, 0] = LABELS * 10 + RNG.normal(size=ROWS)
    with pytest.raises(TrainingDataError, match="No column is left to learn from: plain: gives the label away"):
        look_at(data, LABELS)


def test_a_number_that_follows_another_exactly_is_said() -> None:
    minutes = RNG.gamma(3, 50, ROWS).round(1)
    look = look_at(columns({"minutes": minutes, "charge": (minutes * 0.17).round(2), "late": 5 - minutes}), LABELS)
    assert "It follows minutes exactly: 0.17 times it." in said(look, "charge")
    assert "-1 times it plus 5" in said(look, "late")
    assert look.drop == {}


def test_a_number_that_nearly_follows_another_is_not_said() -> None:
    minutes = RNG.gamma(3, 50, ROWS)
    assert (
        said(look_at(columns({"minutes": minutes, "charge": minutes + RNG.normal(size=ROWS) * 5}), LABELS), "charge")
        == ""
    )


def test_a_category_under_other_names_is_said() -> None:
    codes = RNG.integers(0, 3, ROWS)
    look = look_at(columns({}, {"a": codes, "b": 2 - codes, "c": np.minimum(codes, 1)}), LABELS)
    assert "It says the same as a" in said(look, "b")
    assert said(look, "c") == ""


def test_labels_of_a_table_fit_what_is_looked_at() -> None:
    table = make_customers(600, 2).table
    assert resolve_label(table, "churn").values.dtype == np.int8


@pytest.mark.parametrize("value", [1e308, -1e19])
def test_a_number_that_is_no_quantity_is_refused_with_its_column(value: float) -> None:
    wild = np.random.default_rng(3).normal(size=ROWS)
    wild[7] = value
    with pytest.raises(TrainingDataError, match=r"wild holds -?1e\+\d+ \(1 such cells\)"):
        look_at(columns({"wild": wild}), LABELS)
