"""A bundle -> the folder of an MLflow model, which holds all that it needs to answer.

| part | what it is |
|---|---|
| ``MLmodel`` | names the other parts; says how the model is loaded, and what goes in and comes out |
| ``bundle/`` | the bundle, each file as its manifest lists it |
| ``code/churn/`` | the package that reads and scores it; MLflow puts ``code`` before all else on ``sys.path`` |
| ``requirements.txt``, ``python_env.yaml``, ``conda.yaml`` | what has to be installed |
| ``input_example.json``, ``serving_input_example.json`` | a typical customer, by the schema |
"""

from __future__ import annotations

import json
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from churn import __version__
from churn.bundle import MANIFEST, Bundle, open_bundle, staged
from churn.errors import BadInput
from churn.export.config import CONFIG
from churn.export.environment import Environment
from churn.export.own_code import copy_own_code
from churn.export.signature import example_row, input_columns, output_columns
from churn.export.yaml_text import to_yaml
from churn.signature import SIGNATURE

MLMODEL = "MLmodel"
BUNDLE = "bundle"
CODE = "code"
REQUIREMENTS = "requirements.txt"
PYTHON_ENV = "python_env.yaml"
CONDA_ENV = "conda.yaml"
EXAMPLE = "input_example.json"
SERVING_EXAMPLE = "serving_input_example.json"
LOADER = "churn.export.pyfunc"


def write_mlflow_model(bundle: Bundle, out: Path, *, overwrite: bool = False) -> None:
    """Write an opened bundle as an MLflow model to the folder ``out``, which is whole once it has that name.

    Raises:
        BadInput: ``out`` exists and is no MLflow model or may not be overwritten, or it cannot be written.
        BundleError: the bundle was changed since it was opened.
    """
    with staged(out, overwrite=overwrite, check=check_model_target) as stage:
        _copy_bundle(bundle, stage / BUNDLE)
        copy_own_code(stage / CODE)
        environment = Environment.here()
        _write(stage / REQUIREMENTS, environment.requirements())
        _write(stage / PYTHON_ENV, to_yaml(environment.python_env(REQUIREMENTS)))
        _write(stage / CONDA_ENV, to_yaml(environment.conda_env()))
        example = example_row(bundle.schema)
        _write(stage / EXAMPLE, json.dumps(example) + "\n")
        _write(stage / SERVING_EXAMPLE, json.dumps({"dataframe_split": example}) + "\n")
        _write(stage / MLMODEL, to_yaml(_mlmodel(bundle, environment)))


def check_model_target(out: Path, *, overwrite: bool) -> None:
    """Say whether an MLflow model could be written there.

    Raises:
        BadInput: the name is taken, by an MLflow model without ``overwrite`` or by something that is none.
    """
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not (out / MLMODEL).is_file():
        raise BadInput(f"{out} exists and is no MLflow model; nothing was written. Choose another folder.")
    if not overwrite:
        raise BadInput(
            f"{out} already holds an MLflow model; nothing was written. Choose another folder, or add --overwrite."
        )


def _copy_bundle(bundle: Bundle, folder: Path) -> None:
    """Copy what the manifest lists, and the signature, which is over just those; then judge the copy."""
    also = [MANIFEST, *([SIGNATURE] if bundle.file(SIGNATURE).is_file() else [])]
    for name in dict.fromkeys([*bundle.manifest.files, *also]):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle.file(name), target)
    open_bundle(folder)


def _mlmodel(bundle: Bundle, environment: Environment) -> dict[str, Any]:
    manifest = bundle.manifest
    return {
        "flavors": {
            "python_function": {
                "loader_module": LOADER,
                "data": BUNDLE,
                "code": CODE,
                "config": dict.fromkeys(CONFIG),
                "env": {"conda": CONDA_ENV, "virtualenv": PYTHON_ENV},
                "python_version": environment.python,
            }
        },
        "metadata": {
            "bundle_name": manifest.name,
            "bundle_version": manifest.version,
            "bundle_created": manifest.created,
            "churn_service_version": __version__,
            "threshold": manifest.threshold,
        },
        "model_uuid": uuid.uuid4().hex,
        "saved_input_example_info": {
            "artifact_path": EXAMPLE,
            "pandas_orient": "split",
            "serving_input_path": SERVING_EXAMPLE,
            "type": "dataframe",
        },
        "signature": {
            "inputs": json.dumps(input_columns(bundle.schema)),
            "outputs": json.dumps(output_columns()),
            "params": None,
        },
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
