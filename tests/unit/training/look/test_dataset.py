import pytest

from tests.unit.training.conftest import change_rows, write_customers
from training.config import TrainConfig
from training.look.dataset import load_dataset
from training.progress import Reporter


@pytest.fixture
def load(tmp_path):
    def run(data=None, **changes):
        data = data or write_customers(tmp_path / "customers.csv", 300)
        return load_dataset(TrainConfig(data, "churn", tmp_path / "artifacts" / "mine", **changes), Reporter())

    return run


def test_a_table_becomes_columns_labels_and_findings(load):
    dataset = load()
    assert len(dataset.columns) == len(dataset.labels) == 300
    assert set(dataset.labels.tolist()) == {0, 1}
    assert dataset.schema.identifier == "customer_id"
    assert dataset.facts["rows"] == 300
    assert [f.sentence for f in dataset.findings if f.column == "referral_id"]


def test_a_column_that_gives_the_label_away_is_dropped_unless_it_is_to_stay(load, tmp_path):
    telling = change_rows(
        write_customers(tmp_path / "telling.csv", 300),
        lambda _, row: {**row, "account_status": "closed" if row["churn"] == "1" else "open"},
    )
    dataset = load(telling)
    assert "account_status" in dict(dataset.schema.ignored)
    assert any(f.column == "account_status" and f.level == "warning" for f in dataset.findings)
    assert "account_status" in load(telling, keep=("account_status",)).schema.by_name


def test_equal_customers_are_learned_from_once(load, tmp_path):
    path = write_customers(tmp_path / "twice.csv", 300)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, *lines[1:6]]) + "\n")
    dataset = load(path)
    assert len(dataset.columns) == 300
    assert dataset.facts["rows_read"] == 305
