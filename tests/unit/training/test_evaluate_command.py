import csv
import json
from argparse import Namespace
from functools import partial

import pytest
from sklearn.metrics import log_loss, roc_auc_score

from churn.bundle import open_bundle
from churn.scoring import Scorer
from churn.tables import read_table, to_batch
from tests.customers import fake_bundle
from tests.unit.training.conftest import change_rows, write_customers
from training.evaluate_command import _label, main
from training.measure.metrics import with_intervals
from training.publish.fingerprint import fingerprints, read_learned
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


def test_a_table_without_the_label_is_refused_before_anything_is_scored(evaluate, fresh, monkeypatch):
    monkeypatch.setattr(Scorer, "score", lambda *_: pytest.fail("scored"))
    code, data, said = evaluate(fresh, "--label", "chrun")
    assert (code, data) == (2, None)
    assert "no column 'chrun', which was to be the label. Did you mean 'churn'? Its columns are: " in said


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


def test_customers_that_the_bundle_never_saw_are_measured_without_a_word(evaluate, fresh):
    _, data, said = evaluate(fresh)
    assert not {"unseen", "learned_from"} & set(data)
    assert "learned from" not in said


def test_on_its_own_table_those_it_never_saw_are_its_test_part(evaluate, trained):
    config, bundle = trained
    _, data, said = evaluate(config.data)
    parts, test = bundle.manifest.data["parts"], bundle.manifest.metrics["test"]
    assert data["learned_from"] == parts["train"] + parts["validation"]
    assert data["unseen"]["rows"] == parts["test"]
    assert {name: figure["value"] for name, figure in data["unseen"]["metrics"].items()} == pytest.approx(
        {name: figure["value"] for name, figure in test.items()}, abs=1e-6
    )
    assert data["metrics"]["roc_auc"]["value"] != data["unseen"]["metrics"]["roc_auc"]["value"]
    assert f"{data['learned_from']:,} of {data['data']['rows']:,} customers are ones that this bundle learned" in said


def test_customers_it_learned_from_among_others_are_found_wherever_they_stand(evaluate, trained, fresh, tmp_path):
    config, bundle = trained
    known = set(read_learned(bundle.path).tolist())
    raw = read_table(config.data)
    seen = [digest in known for digest in fingerprints(to_batch(raw.table, bundle.schema).columns).tolist()]
    with config.data.open(newline="") as old, fresh.open("a", newline="") as new:
        rows = list(csv.reader(old))[1:]
        csv.writer(new).writerows([row for row, yes in zip(rows, seen, strict=True) if yes][:30])
    _, data, _ = evaluate(fresh)
    assert (data["learned_from"], data["unseen"]["rows"], data["data"]["rows"]) == (30, 400, 430)


def test_where_all_that_it_never_saw_are_of_one_kind_they_are_not_measured(evaluate, trained, tmp_path):
    config, bundle = trained
    known = set(read_learned(bundle.path).tolist())
    raw = read_table(config.data)
    digests = fingerprints(to_batch(raw.table, bundle.schema).columns).tolist()
    copy = tmp_path / "copy.csv"
    copy.write_bytes(config.data.read_bytes())
    stays = [digest in known for digest in digests]
    change_rows(copy, lambda i, row: row if stays[i] else {**row, "churn": "0"})
    code, data, said = evaluate(copy)
    assert code == 0
    assert data["unseen"] == {"rows": stays.count(False), "metrics": None}
    assert "cannot be measured alone" in said


def test_a_bundle_that_does_not_say_whom_it_learned_from_says_so(evaluate, fresh, monkeypatch):
    monkeypatch.setattr("training.evaluate_command.read_learned", lambda _: None)
    code, data, said = evaluate(fresh)
    assert code == 0
    assert "learned_from" not in data
    assert "does not say which customers it learned from" in said


def with_status(path):
    """Give a table a label of three values, in which every tenth customer has just joined."""

    def change(index, row):
        status = "Joined" if index % 10 == 0 else {"1": "Churned", "0": "Stayed"}[row["churn"]]
        return {**row, "status": status}

    return change_rows(path, change)


def test_of_a_label_with_three_values_those_not_named_stayed(evaluate, fresh):
    with_status(fresh)
    _, data, said = evaluate(fresh, "--label", "status", "--positive", "Churned")
    assert data["data"]["rows"] == 400
    assert "left: 'Churned' (" in said
    assert "stayed: 'Stayed' (" in said


def test_customers_of_a_value_are_left_out_of_the_figures(evaluate, fresh):
    with_status(fresh)
    _, data, said = evaluate(fresh, "--label", "status", "--positive", "Churned", "--drop-label", "Joined")
    raw = read_table(fresh).table.to_pylist()
    kept = [row["churn"] == "1" for row in raw if row["status"] != "Joined"]
    assert data["data"]["rows"] == len(kept) == 360
    assert data["data"]["churn_rate"] == pytest.approx(sum(kept) / 360)
    assert "left out: 'Joined' (40 rows)" in said


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        ({}, ("churn", "Yes", [], ["Joined"])),
        ({"label": "churn"}, ("churn", "Yes", [], ["Joined"])),
        ({"drop_label": ["Paused"]}, ("churn", "Yes", ["Paused"], ())),
        ({"positive": "Lost"}, ("churn", "Lost", [], ())),
        ({"label": "status"}, ("status", None, [], ())),
    ],
)
def test_what_the_label_means_is_what_it_meant_in_the_training_unless_said_anew(given, meaning, tmp_path):
    bundle = open_bundle(fake_bundle(tmp_path / "fake", training={"labels_left_out": ["Joined"]}))
    options = Namespace(**{"label": None, "positive": None, "drop_label": [], **given})
    found = _label(bundle, options)
    assert (found.name, found.positive, found.drop, found.drop_if_there) == meaning
