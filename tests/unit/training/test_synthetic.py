from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv as pv
import pytest
from sklearn.metrics import roc_auc_score

from churn.tables import read_table
from training.synthetic import IDENTIFIER, LABEL, main, make_customers

COLUMNS = [
    "customer_id", "age", "gender", "region_category", "membership_category", "joining_date", "joined_through_referral",
    "referral_id", "preferred_offer_types", "medium_of_operation", "internet_option", "last_visit_time",
    "days_since_last_login", "avg_time_spent", "avg_transaction_value", "avg_frequency_login_days", "points_in_wallet",
    "used_special_discount", "offer_application_preference", "past_complaint", "complaint_status", "feedback", "churn",
]  # fmt: skip


def test_the_same_seed_gives_the_same_customers_and_another_seed_others() -> None:
    one, same, other = (make_customers(200, seed) for seed in (1, 1, 2))
    assert one.table.equals(same.table)
    assert one.probability.tolist() == same.probability.tolist()
    assert not one.table.equals(other.table)


def test_the_table_has_the_columns_of_the_membership_schema() -> None:
    assert make_customers(10).table.column_names == COLUMNS


def test_identifiers_are_different() -> None:
    assert len(set(make_customers(5_000).table[IDENTIFIER].to_pylist())) == 5_000


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.8])
def test_the_churn_rate_is_about_what_was_asked(rate: float) -> None:
    made = make_customers(20_000, 3, churn_rate=rate)
    assert made.label.mean() == pytest.approx(rate, abs=0.02)


def test_labels_are_drawn_from_the_probabilities() -> None:
    made = make_customers(50_000, 4)
    for low in np.arange(0, 1, 0.1):
        inside = (made.probability >= low) & (made.probability < low + 0.1)
        assert made.label[inside].mean() == pytest.approx(made.probability[inside].mean(), abs=0.03)


def test_the_probabilities_tell_much_but_not_all() -> None:
    made = make_customers(20_000, 5)
    assert 0.85 < roc_auc_score(made.label, made.probability) < 0.95


def rates(made: object, column: str) -> dict[str, float]:
    cells = np.array(made.table[column].to_pylist())  # type: ignore[attr-defined]
    return {str(level): float(made.probability[cells == level].mean()) for level in np.unique(cells)}  # type: ignore[attr-defined]


def test_membership_and_feedback_matter_region_and_gender_hardly() -> None:
    made = make_customers(20_000, 6, markers=False, sentinels=False)
    spread = {
        column: np.ptp(list(rates(made, column).values()))
        for column in COLUMNS
        if "category" in column or column in {"gender", "feedback"}
    }
    assert spread["membership_category"] > 0.3
    assert spread["feedback"] > 0.3
    assert spread["region_category"] < 0.05
    assert spread["gender"] < 0.05


def test_a_higher_transaction_value_lowers_the_probability() -> None:
    made = make_customers(20_000, 7, markers=False, sentinels=False)
    value = made.table["avg_transaction_value"].cast("float64").to_numpy()
    assert np.corrcoef(np.log(value), made.probability)[0, 1] < -0.15


def test_clean_customers_hide_nothing() -> None:
    table = make_customers(3_000, 8, markers=False, sentinels=False).table
    cells = {cell for column in table.columns for cell in column.to_pylist()}
    assert not cells & {"", "?", "Error", "Unknown", "xxxxxxxx", "-999", None}
    assert min(table["points_in_wallet"].cast("float64").to_pylist()) >= 500


def test_dirt_is_that_of_the_real_table() -> None:
    table = make_customers(3_000, 8).table
    assert "?" in table["medium_of_operation"].to_pylist()
    assert "Error" in table["avg_frequency_login_days"].to_pylist()
    assert "xxxxxxxx" in table["referral_id"].to_pylist()
    assert "" in table["region_category"].to_pylist()
    assert "-999" in table["days_since_last_login"].to_pylist()
    assert min(table["avg_time_spent"].cast("float64").to_pylist()) < 0


def test_dirt_changes_neither_probabilities_nor_labels() -> None:
    dirty, clean = make_customers(500, 9), make_customers(500, 9, markers=False, sentinels=False)
    assert dirty.probability.tolist() == clean.probability.tolist()
    assert dirty.table[LABEL].equals(clean.table[LABEL])


def test_customers_are_complained_about_only_by_those_who_complained() -> None:
    table = make_customers(500).table
    for complained, status in zip(
        table["past_complaint"].to_pylist(), table["complaint_status"].to_pylist(), strict=True
    ):
        assert (complained == "No") == (status == "Not Applicable")


def test_an_impossible_churn_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        make_customers(10, churn_rate=1.0)


def test_the_command_writes_a_csv_that_can_be_read_back(tmp_path: Path) -> None:
    out = tmp_path / "customers.csv"
    assert main(["300", str(out), "--seed", "5"]) == 0
    assert read_table(out).table.cast(make_customers(300, 5).table.schema).equals(make_customers(300, 5).table)


def test_the_command_writes_clean_customers(tmp_path: Path) -> None:
    out = tmp_path / "customers.csv"
    assert main(["300", str(out), "--clean", "--churn-rate", "0.2"]) == 0
    assert "?" not in pv.read_csv(out)["medium_of_operation"].to_pylist()


def test_the_command_says_where_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["10", str(tmp_path / "no" / "x.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["0", "x.csv"], ["10", "x.csv", "--churn-rate", "2"]])
def test_the_command_refuses_impossible_numbers(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
