import json
from functools import partial

import pytest
from sklearn.metrics import log_loss, roc_auc_score

from churn.scoring import Scorer
from churn.tables import read_table, to_batch
from tests.unit.training.conftest import change_rows, write_customers
from training.evaluate_command import main
from training.measure.metrics import with_intervals
from training.table.infer import resolve_label


@pytest.fixture
def evaluate(trained, capsys, monkeypatch):
    quick = partial(with_intervals, resamples=20)  # these tests do not look at how wide an interval is
    monkeypatch.setattr("training.evaluate_command.with_intervals", quick)

    def run(data, *more):
        code = main([str(trained[1].path), str(data), *more])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, " ".join(said.err.split())

    return run


@pytest.fixture
def fresh(tmp_path):
    return write_customers(tmp_path / "fresh.csv", 400, seed=9)


def test_the_figures_are_those_of_scikit_learn_on_the_same_answers(evaluate, trained, fresh):
    code, data, said = evaluate(fresh)
    raw = read_table(fresh)
    labels = resolve_label(raw.table, "churn").values
    probability = Scorer.open(trained[1]).score(to_batch(raw.table, trained[1].schema).columns).probability
    assert code == 0
    assert data["metrics"]["roc_auc"]["value"] == pytest.approx(roc_auc_score(labels, probability))
    assert data["metrics"]["log_loss"]["value"] == pytest.approx(log_loss(labels, probability))
    assert data["data"] == {"file": "fresh.csv", "rows": 400, "refused": 0, "churn_rate": pytest.approx(labels.mean())}
    assert "ROC AUC" in said


def test_both_engines_measure_the_same(evaluate, fresh):
    (_, ours, _), (_, theirs, _) = evaluate(fresh), evaluate(fresh, "--engine", "reference")
    assert ours["metrics"]["brier"]["value"] == pytest.approx(theirs["metrics"]["brier"]["value"], abs=1e-6)


def test_rows_that_cannot_be_read_are_counted_and_left_out(evaluate, fresh):
    broken = change_rows(fresh, lambda i, row: {**row, "age": "old" if i < 3 else row["age"]})
    _, data, said = evaluate(broken)
    assert (data["data"]["rows"], data["data"]["refused"]) == (397, 3)
    assert "3 rows could not be read" in said


def test_a_table_without_the_label_is_refused(evaluate, fresh):
    code, data, said = evaluate(fresh, "--label", "left")
    assert (code, data) == (2, None)
    assert "'left'" in said


def test_customers_of_one_kind_are_refused(evaluate, fresh):
    code, data, said = evaluate(change_rows(fresh, lambda _, row: {**row, "churn": "1"}))
    assert (code, data) == (2, None)
    assert "churn" in said


def test_a_table_that_lacks_a_required_field_is_refused(evaluate, fresh):
    text = fresh.read_text().replace("membership_category", "something_else", 1)
    fresh.write_text(text)
    code, _, said = evaluate(fresh)
    assert code == 2
    assert "membership_category" in said
