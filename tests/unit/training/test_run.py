import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from churn.bundle import REPORT, open_bundle
from churn.engines.compiled import CompiledEngine
from churn.errors import BadInput, ParityError
from churn.scoring import Scorer
from churn.tables import read_table, to_batch
from tests.unit.training.conftest import ROWS, change_rows, write_customers
from training.judge.tradeoff import SHOWN_AIMS
from training.measure.metrics import evaluate_probabilities
from training.measure.threshold import ByHand, Precision, Profit, Recall
from training.progress import Reporter
from training.run import train
from training.table.infer import resolve_label
from training.table.split import split

pytestmark = pytest.mark.slow


@pytest.fixture
def _plain_report(monkeypatch):
    """For tests that look at the manifest alone: the plots take as long as one of these trainings."""
    monkeypatch.setattr("training.run.write_report", lambda path, *_: path.write_text("a report", encoding="utf-8"))


@pytest.fixture
def _unevaluated(_plain_report, monkeypatch):
    """For tests of what is settled before the bundle is evaluated."""
    monkeypatch.setattr("training.run.write_background", lambda *_: None)
    monkeypatch.setattr("training.run.evaluate", lambda *_: None)
    monkeypatch.setattr("training.run.with_metrics", lambda bundle, _: bundle)
    monkeypatch.setattr("training.run.look_back", lambda dataset, *_: dataset)


def test_a_table_becomes_a_bundle_that_opens_and_reproduces_its_golden_rows(trained):
    _, bundle = trained
    again = open_bundle(bundle.path)
    assert Scorer.open(again).check_golden(again) <= 1e-5
    assert Scorer.open(again, "reference").check_golden(again) <= 1e-5


def test_the_metrics_of_the_manifest_are_those_of_the_exported_bundle_on_the_test_part(trained):
    config, bundle = trained
    raw = read_table(config.data)
    label = resolve_label(raw.table, config.label)
    columns = to_batch(raw.table, bundle.schema).columns
    test = split(label.values, config.seed).test
    scorer = Scorer.open(bundle)
    found = evaluate_probabilities(label.values[test], scorer.score(columns.take(test)).probability, scorer.threshold)
    said = {name: figure["value"] for name, figure in bundle.manifest.metrics["test"].items()}
    assert said == pytest.approx(found, abs=1e-6)


def test_the_manifest_says_what_made_the_bundle(trained):
    config, bundle = trained
    manifest = bundle.manifest
    assert manifest.data["file"] == config.data.name
    assert manifest.data["rows_read"] == ROWS
    assert sum(manifest.data["parts"].values()) == manifest.data["rows"] == ROWS
    assert manifest.training["calibration"]["a"] > 0
    assert {"keras", "scikit-learn", "ai-edge-litert"} <= set(manifest.libraries)
    assert set(manifest.metrics["logistic_regression"]) == set(manifest.metrics["test"])
    json.dumps(manifest.metrics, allow_nan=False)


@pytest.mark.usefixtures("_plain_report")
def test_the_same_seed_makes_the_same_bundle_and_another_seed_another(trained, retrain):
    first = trained[1].manifest
    again = retrain().manifest
    assert again.metrics == first.metrics
    assert again.threshold == first.threshold
    assert again.version.rpartition("-")[2] == first.version.rpartition("-")[2]
    other = retrain(seed=1, overwrite=True).manifest
    assert other.metrics["test"] != first.metrics["test"]


@pytest.mark.usefixtures("_unevaluated")
def test_the_threshold_reaches_the_recall_that_was_asked_for_on_the_validation_part(retrain):
    careful, bold = (retrain(aim=Recall(r), overwrite=True).manifest.threshold for r in (0.95, 0.3))
    assert careful < bold <= 0.5


@pytest.mark.usefixtures("_unevaluated")
def test_a_threshold_set_by_hand_is_kept_and_said(retrain):
    manifest = retrain(aim=ByHand(0.7)).manifest
    assert (manifest.threshold, manifest.bands.high) == (0.7, 0.85)
    assert manifest.training["threshold_rule"] == "set by hand"
    assert manifest.aim["kind"] == "by-hand"


@pytest.mark.usefixtures("_unevaluated")
def test_split_by_a_date_tests_on_the_newest_customers(retrain):
    bundle = retrain(split_by="joining_date")
    assert "joining_date" in bundle.manifest.training["split"]
    oldest, newest = bundle.schema.by_name["joining_date"].training_range
    assert oldest > 100  # days before as_of: nobody in the training part joined lately
    assert newest > oldest


@pytest.mark.usefixtures("_unevaluated")
def test_customers_of_a_value_of_the_label_are_left_out_and_the_manifest_says_so(tmp_path, retrain):
    kinds = {"0": "Stayed", "1": "Churned"}
    three = change_rows(
        write_customers(tmp_path / "three.csv"),
        lambda index, row: {**row, "churn": "Joined" if index % 7 == 0 else kinds[row["churn"]]},
    )
    bundle = retrain(data=three, drop_label=("Joined",))
    assert bundle.schema.label.positive == "Churned"
    assert bundle.manifest.training["labels_left_out"] == ["Joined"]
    assert bundle.manifest.data["rows"] == ROWS - ROWS // 7


def test_split_by_something_that_is_no_date_is_refused_with_those_that_are(retrain):
    with pytest.raises(BadInput, match=r"no date column; date columns are \['joining_date'\]"):
        retrain(split_by="age")


@pytest.mark.usefixtures("_unevaluated")
def test_a_level_that_stands_only_in_the_test_part_is_never_seen(trained, tmp_path, retrain):
    config, _ = trained
    raw = read_table(config.data)
    test = set(split(resolve_label(raw.table, "churn").values, config.seed).test.tolist())
    rare = change_rows(
        write_customers(tmp_path / "rare.csv"),
        lambda index, row: {**row, "region_category": "Moon"} if index in test and index % 3 == 0 else row,
    )
    bundle = retrain(data=rare)
    assert "Moon" not in bundle.schema.by_name["region_category"].levels


def test_a_failure_on_the_way_leaves_nothing_and_keeps_what_was_there(trained, retrain, tmp_path, monkeypatch):
    out = tmp_path / "artifacts" / "again"
    shutil.copytree(trained[1].path, out)
    before = (out / "manifest.json").read_bytes()

    def broken(*_, **__):
        raise BadInput("no report today")

    monkeypatch.setattr("training.run.write_report", broken)
    with pytest.raises(BadInput, match="no report today"):
        retrain(overwrite=True, seed=2)
    assert (out / "manifest.json").read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def telling(path, name):
    """Write customers of whom one field knows, but for a little noise, who left."""
    noise = np.random.default_rng(0).normal(size=ROWS)
    return change_rows(
        write_customers(path), lambda index, row: {**row, name: f"{3.2 * (row['churn'] == '1') + noise[index]:.3f}"}
    )


@pytest.mark.usefixtures("_plain_report")
def test_a_field_that_ranks_like_the_model_leaves_no_bundle_under_strict_leaks(retrain, tmp_path):
    data = telling(tmp_path / "telling.csv", "final_bill")
    with pytest.raises(BadInput, match=r"final_bill \(ROC AUC alone 0\.9\d\d\).*as --strict-leaks asks"):
        retrain(data=data, strict_leaks=True, drop=["membership_category", "points_in_wallet"])
    assert not list((tmp_path / "artifacts").iterdir())


def test_a_leak_is_the_first_thing_that_the_report_and_the_manifest_say(retrain, tmp_path):
    bundle = retrain(data=telling(tmp_path / "telling.csv", "churn_probability"))
    first, *_ = bundle.manifest.training["warnings"]
    assert first.startswith("churn_probability (ROC AUC alone 0.9")
    report = bundle.file(REPORT).read_text(encoding="utf-8")
    in_short = report.partition("<h2>In short</h2>")[2]
    assert in_short.partition("<li>")[2].startswith("churn_probability (ROC AUC alone 0.9")
    assert not any("churn_probability" in said for said in bundle.manifest.training["warnings"][1:])


def test_forms_that_disagree_are_never_published(trained, tmp_path, retrain, monkeypatch):
    honest = CompiledEngine.predict
    monkeypatch.setattr(CompiledEngine, "predict", lambda self, columns: honest(self, columns) * 0.999)
    with pytest.raises(ParityError, match="differ by"):
        retrain()
    assert not list((tmp_path / "artifacts").iterdir())


def test_a_bundle_that_is_there_is_not_replaced_unasked(trained):
    config, bundle = trained
    before = (bundle.path / "manifest.json").read_bytes()
    with pytest.raises(BadInput, match="already holds a bundle"):
        train(config, Reporter())
    assert (bundle.path / "manifest.json").read_bytes() == before


def test_a_folder_that_is_no_bundle_is_never_replaced(trained, retrain, tmp_path):
    precious = tmp_path / "artifacts" / "again" / "thesis.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("years of work")
    with pytest.raises(BadInput, match="is no bundle"):
        retrain(overwrite=True)
    assert precious.read_text() == "years of work"


def test_the_report_is_one_file_that_fetches_nothing(trained):
    page = Path(trained[1].file(REPORT)).read_text(encoding="utf-8")
    assert "src=" not in page
    assert "<link" not in page
    assert "<script" not in page
    assert "@import" not in page
    assert 'href="http' not in page.replace("xmlns", "")


def test_the_report_has_every_part(trained):
    page = Path(trained[1].file(REPORT)).read_text(encoding="utf-8")
    for part in ("ROC", "Precision and recall", "Calibration", "Lift", "What drives churn", "The data, as found"):
        assert part in page
    for part in ("Intended use and limits", "Logistic regression", "95 % interval", "referral_id", "SHA-256"):
        assert part in page
    assert page.count("<svg") == 9
    assert "membership_category" in page


def test_the_report_says_what_each_aim_would_mean(trained):
    page = Path(trained[1].file(REPORT)).read_text(encoding="utf-8")
    for aim in SHOWN_AIMS:
        assert aim.name in page
    assert f"<b>{Recall(0.8).name} (chosen)</b>" in page
    assert "Everybody contacted" in page
    assert "Profit expected" not in page


def test_with_values_the_report_says_what_each_choice_pays(retrain):
    bundle = retrain(aim=Profit(value=120, contact_cost=6, success=0.2))
    page = Path(bundle.file(REPORT)).read_text(encoding="utf-8")
    assert bundle.manifest.threshold == pytest.approx(0.25)
    assert "6 / (0.2 x 120)" in bundle.manifest.training["threshold_rule"]
    assert "<b>Highest profit (chosen)</b>" in page
    assert "contacting them would have brought" in page
    assert page.count("<svg") == 10, "one more: the profit by the number of contacts"


def test_a_precision_out_of_reach_is_said_in_the_manifest_the_report_and_on_the_terminal(retrain, tmp_path, capsys):
    by_lot = change_rows(
        write_customers(tmp_path / "by_lot.csv"),
        lambda index, row: {**row, "churn": index * 7919 % 101 % 2},
    )
    bundle = retrain(data=by_lot, aim=Precision(0.999))
    warning = bundle.manifest.training["threshold_warning"]
    assert "reaches a precision of 99.9%" in warning
    assert f'<p class="finding warning">{warning}</p>' in bundle.file(REPORT).read_text(encoding="utf-8")
    Reporter().finished(bundle)
    assert f"warning: {warning}" in capsys.readouterr().err


def test_html_in_a_level_stays_text_in_the_report(retrain, tmp_path):
    hostile = change_rows(
        write_customers(tmp_path / "hostile.csv"),
        lambda _, row: {**row, "gender": "<script>alert(1)</script>" if row["gender"] == "F" else row["gender"]},
    )
    page = Path(retrain(data=hostile).file(REPORT)).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_bundle_holds_no_customers_identifier(trained):
    config, bundle = trained
    ids = set(read_table(config.data).table["customer_id"].to_pylist())
    for file in ("golden.json", "schema.json", "manifest.json", REPORT):
        text = bundle.file(file).read_text(encoding="utf-8")
        assert not [identifier for identifier in ids if identifier in text]


@pytest.mark.usefixtures("_plain_report")
def test_infinite_and_missing_numbers_never_become_a_nan(retrain, tmp_path):
    dirty = change_rows(
        write_customers(tmp_path / "dirty.csv"),
        lambda index, row: {**row, "points_in_wallet": "" if index % 2 else "inf", "avg_time_spent": "1e308"},
    )
    bundle = retrain(data=dirty)
    assert np.isfinite([figure["value"] for figure in bundle.manifest.metrics["test"].values()]).all()
