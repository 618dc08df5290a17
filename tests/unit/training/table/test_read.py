import pytest

from tests.unit.training.conftest import change_rows, write_customers
from training.config import TrainConfig
from training.progress import Reporter
from training.table.read import read_customers


@pytest.fixture
def read(tmp_path):
    def run(data=None, **changes):
        data = data or write_customers(tmp_path / "customers.csv", 300)
        return read_customers(TrainConfig(data, "churn", tmp_path / "artifacts" / "mine", **changes), Reporter())

    return run


def test_of_a_large_table_some_customers_are_drawn(read, monkeypatch):
    monkeypatch.setattr("training.table.read.MOST_ROWS", 200)
    found = read()
    assert len(found.columns) == len(found.labels) == 200
    assert "Of 300 customers 200 are drawn, for time and memory." in [f.sentence for f in found.findings]
    assert read().labels.tolist() == found.labels.tolist()
    assert read(seed=7).labels.tolist() != found.labels.tolist()


def test_rows_without_a_label_are_left_out_and_counted(read, tmp_path):
    some = change_rows(
        write_customers(tmp_path / "some.csv", 300),
        lambda index, row: {**row, "churn": "" if index < 7 else row["churn"]},
    )
    found = read(some)
    assert len(found.labels) == 293
    assert any("7 rows have no value in the label column" in finding.sentence for finding in found.findings)
