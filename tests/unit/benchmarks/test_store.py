import json

import pytest

from benchmarks.quality.store import Cell, Cost, Origin, Result, cell_key, digest_parts

ONE, CHANGED_CODE, OTHER_TASK = Origin("task", "code"), Origin("task", "other"), Origin("other", "code")
RESULT = Result({"roc_auc": 0.8}, {"roc_auc": [0.81, 0.7900001234]}, Cost(1.0, 2.0, 3.04, 4.0))


@pytest.fixture
def cell(tmp_path):
    cell = Cell(tmp_path, "key")
    cell.write(ONE, RESULT)
    return cell


def test_a_cell_comes_back_as_it_was_written(cell, tmp_path):
    result = cell.result()
    assert result.metrics == {"roc_auc": 0.8}
    assert result.resampled == {"roc_auc": [0.81, 0.79]}
    assert result.cost == Cost(1.0, 2.0, 3.0, 4.0)
    assert [file.name for file in tmp_path.iterdir()] == ["key.json"]


def test_a_cell_of_another_task_is_not_done(cell, tmp_path):
    assert cell.is_done(ONE)
    assert cell.is_current(ONE)
    assert not cell.is_done(OTHER_TASK)
    assert not cell.is_current(OTHER_TASK)
    assert not Cell(tmp_path, "other").is_done(ONE)


def test_a_cell_whose_code_has_changed_is_done_but_not_current(cell):
    assert cell.is_done(CHANGED_CODE)
    assert not cell.is_current(CHANGED_CODE)


def test_a_failure_is_kept_with_its_reason_and_is_no_result(tmp_path):
    cell = Cell(tmp_path, "key")
    cell.write_failure(ONE, "no such option")
    assert cell.is_done(ONE)
    assert cell.result() is None
    assert cell.failure() == "no such option"


def test_a_write_that_is_broken_off_leaves_what_was_there(cell, monkeypatch):
    def broken(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(json, "dumps", broken)
    with pytest.raises(KeyboardInterrupt):
        cell.write_failure(ONE, "later")
    assert cell.result().metrics == {"roc_auc": 0.8}


def test_keys_are_file_names_and_digests_tell_parts_apart():
    assert cell_key("telco", "CatBoost, bag of 5", 3) == "telco-CatBoost-bag-of-5-3"
    assert digest_parts("ab", "c") != digest_parts("a", "bc")


@pytest.mark.parametrize("name", ["result", "failure"])
def test_a_cell_that_was_never_run_has_neither(tmp_path, name):
    assert getattr(Cell(tmp_path, "key"), name)() in (None, "not run yet")
