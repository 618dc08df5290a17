import json
import re

import pytest
import yaml

from churn.bundle import open_bundle
from churn.errors import BadInput, BundleError
from churn.export.mlflow_model import check_model_target, write_mlflow_model
from churn.export.signature import input_columns
from churn.signature import SIGNATURE
from tests.customers import CUSTOMERS


@pytest.fixture
def out(fake_bundle, tmp_path):
    write_mlflow_model(fake_bundle, tmp_path / "models" / "out")
    return tmp_path / "models" / "out"


def described(out):
    return yaml.safe_load((out / "MLmodel").read_text())


def test_the_folder_holds_all_that_the_model_needs_and_nothing_is_left_beside_it(out):
    assert {path.name for path in out.iterdir()} == {
        "MLmodel",
        "bundle",
        "code",
        "conda.yaml",
        "input_example.json",
        "python_env.yaml",
        "requirements.txt",
        "serving_input_example.json",
    }
    assert list(out.parent.iterdir()) == [out]


def test_every_file_that_the_description_names_is_there(out):
    flavor = described(out)["flavors"]["python_function"]
    example = described(out)["saved_input_example_info"]
    named = [flavor["data"], flavor["code"], *flavor["env"].values()]
    named += [example["artifact_path"], example["serving_input_path"]]
    assert all((out / name).exists() for name in named)
    loader = flavor["loader_module"].replace(".", "/")
    assert (out / flavor["code"] / f"{loader}.py").is_file()


def test_the_description_says_what_mlflow_reads(out, fake_bundle):
    said = described(out)
    assert json.loads(said["signature"]["inputs"]) == input_columns(CUSTOMERS)
    assert re.fullmatch("[0-9a-f]{32}", said["model_uuid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", said["utc_time_created"])
    assert said["metadata"]["bundle_name"] == fake_bundle.manifest.name
    assert said["metadata"]["threshold"] == fake_bundle.manifest.threshold


def test_the_bundle_in_it_is_the_bundle(out, fake_bundle):
    copy = open_bundle(out / "bundle")
    assert copy.manifest == fake_bundle.manifest
    assert copy.schema == fake_bundle.schema


def test_a_file_that_the_manifest_does_not_list_stays_behind(fake_bundle, tmp_path):
    (fake_bundle.path / "notes.txt").write_text("private")
    write_mlflow_model(fake_bundle, tmp_path / "out")
    assert not (tmp_path / "out" / "bundle" / "notes.txt").exists()


def test_a_signature_goes_along(fake_bundle, tmp_path):
    (fake_bundle.path / SIGNATURE).write_text("signed")
    write_mlflow_model(fake_bundle, tmp_path / "out")
    assert (tmp_path / "out" / "bundle" / SIGNATURE).read_text() == "signed"


def test_a_bundle_that_was_changed_since_it_was_opened_is_not_written(fake_bundle, tmp_path):
    (fake_bundle.path / "golden.json").write_text("{}")
    with pytest.raises(BundleError, match=r"golden\.json"):
        write_mlflow_model(fake_bundle, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["fake"]


def test_a_model_that_is_there_is_replaced_only_when_that_is_wanted(out, fake_bundle):
    before = described(out)["model_uuid"]
    with pytest.raises(BadInput, match=r"already holds an MLflow model.*--overwrite"):
        write_mlflow_model(fake_bundle, out)
    assert described(out)["model_uuid"] == before
    (out / "old.txt").write_text("of the old one")
    write_mlflow_model(fake_bundle, out, overwrite=True)
    assert described(out)["model_uuid"] != before
    assert not (out / "old.txt").exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_mlflow_model_is_never_replaced(fake_bundle, tmp_path, overwrite):
    folder, file, link = tmp_path / "folder", tmp_path / "file", tmp_path / "link"
    folder.mkdir()
    file.write_text("mine")
    link.symlink_to("nowhere")
    for taken in (folder, file, link, fake_bundle.path):
        with pytest.raises(BadInput, match="is no MLflow model; nothing was written"):
            check_model_target(taken, overwrite=overwrite)
