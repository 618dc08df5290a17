"""An exported model, opened and asked by MLflow itself: it answers what the service's own scorer answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn.bundle import COMPILED_PREPROCESSOR, GOLDEN, SCHEMA, open_bundle, seal
from churn.columns import concat
from churn.errors import BadInput
from churn.export.mlflow_model import write_mlflow_model
from churn.records import RecordReader
from churn.scoring import Scorer
from churn.tables import read_batches, read_table, to_batch
from tests.customers import customer, customers, random_bundle
from training.table.infer import infer_schema

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what MLflow says of its own code when it is imported
    mlflow_pyfunc = pytest.importorskip("mlflow.pyfunc", exc_type=ModuleNotFoundError)
    from mlflow.exceptions import MlflowException

SAME = {"atol": 1e-6, "rtol": 0}
"""An engine may round otherwise where it is given another number of rows at once."""
STRANGE = {
    "gender": "Customer gender",
    "tenure": "1st month #",
    "MonthlyCharges": "charges.per.month",
    "Contract": "contract 'kind' \"é\" \\ \N{GRINNING FACE}",
    "TotalCharges": "2024",
}
"""Names as real tables have them, and worse."""

ALONE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow.pyfunc
answers = mlflow.pyfunc.load_model(sys.argv[1]).predict(json.load(sys.stdin))
import churn
print(json.dumps({"code": churn.__file__, "answers": answers.to_dict("list")}))
"""


def load(bundle, folder):
    write_mlflow_model(bundle, folder)
    return mlflow_pyfunc.load_model(str(folder))


@pytest.fixture(scope="module")
def tiny(tiny_bundle, tmp_path_factory):
    """The model of a bundle with every kind of field."""
    return load(tiny_bundle, tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def tiny_scorer(tiny_bundle):
    return Scorer.open(tiny_bundle)


def renamed(bundle_folder, folder):
    """Make a bundle whose fields have other names, and which is else the same."""
    shutil.copytree(bundle_folder, folder)
    bundle = open_bundle(folder)

    def rename(name, change):
        file = bundle.file(name)
        file.write_text(json.dumps(change(json.loads(file.read_text()))))

    def named(entries):
        return [{**entry, "name": STRANGE.get(entry["name"], entry["name"])} for entry in entries]

    def record(given):
        return {STRANGE.get(name, name): value for name, value in given.items()}

    rename(SCHEMA, lambda data: {**data, "fields": named(data["fields"])})
    rename(
        COMPILED_PREPROCESSOR,
        lambda data: {**data, "numbers": named(data["numbers"]), "categories": named(data["categories"])},
    )
    rename(GOLDEN, lambda data: {**data, "records": [record(given) for given in data["records"]]})
    seal(folder, bundle.manifest)
    return open_bundle(folder)


def assert_answers(answers, scorer, records):
    scores = scorer.score(RecordReader(scorer.schema).read(records))
    assert list(answers.columns) == ["churn_probability", "churn", "risk"]
    assert answers["churn_probability"].dtype == np.float64
    assert answers["churn"].dtype == np.bool_
    np.testing.assert_allclose(answers["churn_probability"], scores.probability, **SAME)
    assert answers["churn"].tolist() == scores.churn.tolist()
    assert answers["risk"].tolist() == [("low", "medium", "high")[band] for band in scores.risk]


def test_the_golden_rows_are_answered_as_they_were_where_it_was_trained(shipped_bundle, tmp_path):
    bundle = open_bundle(shipped_bundle)
    golden = bundle.golden
    answers = load(bundle, tmp_path / "out").predict(pd.DataFrame(golden["records"]))
    np.testing.assert_allclose(answers["churn_probability"], golden["probabilities"], atol=golden["tolerance"], rtol=0)
    assert_answers(answers, Scorer.open(bundle), golden["records"])


@pytest.mark.parametrize("seed", range(3))
def test_every_kind_of_field_is_read_from_a_frame_and_from_records(tiny, tiny_scorer, seed):
    records = customers(200, seed=seed)
    assert_answers(tiny.predict(pd.DataFrame(records)), tiny_scorer, records)
    assert_answers(tiny.predict(pd.DataFrame(records).convert_dtypes()), tiny_scorer, records)
    assert_answers(tiny.predict(records), tiny_scorer, records)


def test_the_index_of_a_frame_is_that_of_the_answers(tiny):
    frame = pd.DataFrame(customers(4), index=["d", "b", "c", "a"])
    assert list(tiny.predict(frame).index) == ["d", "b", "c", "a"]


@pytest.mark.parametrize(
    "types",
    [
        {"tenure": "int32"},
        {"tenure": "float64"},
        {"senior": "float64"},
        {"joined": "datetime64[ns]"},
        {"wallet": "str"},
    ],
    ids=lambda types: "-".join(map(str, *types.items())),
)
def test_mlflow_lets_pass_each_type_that_a_right_column_may_have(tiny, tiny_scorer, types):
    records = [customer(), customer(tenure=3, wallet=7.5, senior=1)]
    assert_answers(tiny.predict(pd.DataFrame(records).astype(types)), tiny_scorer, records)


def test_whole_amounts_and_values_that_are_missing_everywhere_pass(tiny, tiny_scorer):
    absent = dict.fromkeys(("wallet", "left_shop", "last_visit", "region", "paperless"))
    records = [customer(charges=70, **absent), customer(charges=80, **absent)]
    frame = pd.DataFrame(records)
    assert frame["charges"].dtype == np.int64
    assert_answers(tiny.predict(frame), tiny_scorer, records)
    assert_answers(tiny.predict(frame.astype({"region": "float64"})), tiny_scorer, records)
    assert_answers(tiny.predict(frame.drop(columns=list(absent))), tiny_scorer, records)


def test_a_text_for_a_number_is_refused_with_our_sentence(tiny):
    with pytest.raises(BadInput, match='row 2: tenure: expected a whole number, received "many"'):
        tiny.predict(pd.DataFrame([customer(tenure="5"), customer(tenure="many")]))


def test_a_missing_column_is_refused_by_mlflow_with_its_name(tiny):
    with pytest.raises(MlflowException, match=r"missing inputs \['tenure'\]"):
        tiny.predict(pd.DataFrame(customers(2)).drop(columns="tenure"))


def test_a_level_that_training_never_saw_is_answered(tiny, tiny_scorer):
    records = [customer(plan="Platinum")]
    assert_answers(tiny.predict(pd.DataFrame(records)), tiny_scorer, records)


def test_strange_names_pass_through_the_signature(shipped_bundle, tmp_path):
    bundle = renamed(shipped_bundle, tmp_path / "renamed")
    model = load(bundle, tmp_path / "out")
    records = bundle.golden["records"]
    assert set(STRANGE.values()) <= set(model.metadata.get_input_schema().input_names())
    assert_answers(model.predict(pd.DataFrame(records)), Scorer.open(bundle), records)


@pytest.mark.parametrize(
    ("table", "label"),
    [("ibm_telco", "Churn"), ("bank_churn", "Exited"), ("membership", "churn"), ("orange_telecom", "churn")],
)
def test_a_real_table_as_pandas_reads_it_is_answered_as_churn_score_answers_the_file(table, label, tmp_path):
    file = Path(os.environ.get("CHURN_REAL_TABLES", "")) / f"{table}.csv"
    if not file.is_file():
        pytest.skip("CHURN_REAL_TABLES names no folder of real tables")
    raw = read_table(file)
    schema = infer_schema(raw.table, label).schema
    rows = to_batch(raw.table, schema)
    assert not rows.refused
    bundle = open_bundle(random_bundle(tmp_path / "bundle", rows.columns.take(slice(0, 2000))))
    answers = load(bundle, tmp_path / "out").predict(pd.read_csv(file))
    right = Scorer.open(bundle).probability(concat(batch.columns for batch in read_batches(file, schema)))
    np.testing.assert_allclose(answers["churn_probability"], right, **SAME)


def test_mlflow_reads_the_description(tiny, tiny_bundle):
    metadata = tiny.metadata
    assert metadata.get_output_schema().input_dict()["churn_probability"].type.name == "double"
    assert [spec.name for spec in metadata.get_input_schema().inputs] == [f.name for f in tiny_bundle.schema.fields]
    assert metadata.metadata["bundle_version"] == tiny_bundle.manifest.version


def test_dates_are_counted_back_from_another_day_where_that_is_wanted(tiny, tiny_bundle, tmp_path):
    records = customers(50)
    out = tmp_path / "out"
    write_mlflow_model(tiny_bundle, out)
    later = mlflow_pyfunc.load_model(str(out), model_config={"as_of": "2024-07-01"})
    assert_answers(later.predict(pd.DataFrame(records)), Scorer.open(tiny_bundle, as_of=date(2024, 7, 1)), records)
    unchanged = tiny.predict(pd.DataFrame(records))["churn_probability"]
    assert (later.predict(records)["churn_probability"] != unchanged).any()


def test_a_typical_request_to_mlflows_server_is_read_as_it_is_meant(tiny, tiny_scorer):
    records = customers(20, seed=9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.pyfunc.scoring_server import infer_and_parse_data
    body = {"dataframe_records": records}
    assert_answers(tiny.predict(infer_and_parse_data(body, tiny.metadata.get_input_schema())), tiny_scorer, records)


def test_the_example_that_lies_beside_is_one_that_can_be_asked(tiny):
    assert tiny.input_example.shape == (1, 10)
    answers = tiny.predict(tiny.input_example)
    assert answers["churn_probability"].between(0, 1).all()


def test_it_opens_by_the_code_that_it_brings_along(shipped_bundle, tmp_path):
    bundle = open_bundle(shipped_bundle)
    out = tmp_path / "out"
    write_mlflow_model(bundle, out)
    moved = out.rename(tmp_path / "moved")  # nothing in it says where it was written
    answer = subprocess.run(
        [sys.executable, "-c", ALONE, str(moved)],
        input=json.dumps(bundle.golden["records"]),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert Path(said["code"]).is_relative_to(moved / "code")
    assert_answers(pd.DataFrame(said["answers"]), Scorer.open(bundle), bundle.golden["records"])
