"""Clients in Python, made of each description by a tool of its own, call the running service."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import called, check_told, run


def save(served, version, folder):
    """Write the description to where a tool reads it."""
    file = folder / "document.json"
    file.write_text(json.dumps(served.document(version)), encoding="utf-8")
    return file


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_openapi_python_client(served, version, tmp_path):
    document = save(served, version, tmp_path)
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--path", document, "--meta", "none"]
    run([*generate, "--output-path", tmp_path / "made"], tmp_path)
    check_told(called("openapi_python_client.py", tmp_path, served), served)


@pytest.mark.skipif(shutil.which("java") is None, reason="OpenAPI Generator runs on Java, which is not here.")
def test_openapi_generator_on_swagger(served, tmp_path):
    document = save(served, "2.0", tmp_path)
    only = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"
    generate = [Path(sys.executable).with_name("openapi-generator-cli"), "generate", "-g", "python"]
    run([*generate, "--global-property", only, "-i", document, "-o", tmp_path], tmp_path)
    # The record that is wrong is one that this client refuses to make: its bounds are in the description.
    good = [
        record if number != 1 else {**record, **served.table.record} for number, record in enumerate(served.records)
    ]
    told = called("openapi_generator.py", tmp_path, served, good=good)
    assert [one["customer_id"] for one in told] == [record["customer_id"] for record in good]
    assert all(0 <= one["churn_probability"] <= 1 for one in told)
