import numpy as np
import pytest

from benchmarks.quality.store import Cell, cell_key, made_from

COST = {"wall_s": 1.0, "cpu_s": 2.0, "peak_mib": 3.0, "rows_per_s": 4.0}


def written(tmp_path, digest="one"):
    cell = Cell(tmp_path, "key")
    cell.write(digest, {"roc_auc": 0.8}, COST, np.array([0.2, 0.7]), np.array([0, 1], dtype=np.int8))
    return cell


def test_a_cell_comes_back_as_it_was_written(tmp_path):
    result = written(tmp_path).result()
    assert result.metrics == {"roc_auc": 0.8}
    assert result.cost.rows_per_s == 4.0
    assert result.probability.tolist() == [0.2, 0.7]
    assert result.labels.tolist() == [0, 1]
    assert not list(tmp_path.glob("*.partly*"))


def test_a_cell_that_was_made_from_something_else_is_not_done(tmp_path):
    cell = written(tmp_path, "one")
    assert cell.is_done("one")
    assert not cell.is_done("two")
    assert not Cell(tmp_path, "other").is_done("one")


def test_a_failure_is_kept_with_its_reason_and_is_no_result(tmp_path):
    cell = Cell(tmp_path, "key")
    assert cell.result() is None
    cell.write_failure("one", "no such option")
    assert cell.is_done("one")
    assert cell.result() is None
    assert cell.failure() == "no such option"


def test_keys_are_file_names_and_digests_tell_parts_apart():
    assert cell_key("telco", "CatBoost, bag of 5", 3) == "telco-CatBoost-bag-of-5-3"
    assert made_from("ab", "c") != made_from("a", "bc")


@pytest.mark.parametrize("name", ["result", "failure"])
def test_a_cell_that_was_never_run_has_neither(tmp_path, name):
    assert getattr(Cell(tmp_path, "key"), name)() in (None, "not run yet")
