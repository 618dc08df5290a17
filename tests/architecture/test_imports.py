"""The arrows between the packages hold, and a wrong one would be seen."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGES = ("churn", "service", "training")
HEAVY = ("joblib", "keras", "matplotlib", "pandas", "pyarrow", "sklearn", "tensorflow", "training")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copied_project(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_follows_the_arrows() -> None:
    answer = lint_imports(PROJECT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("service/app.py", "import training.run", "the service and the training never import each other"),
        ("training/run.py", "import service.app", "the service and the training never import each other"),
        ("churn/schema/schema.py", "import training.run", "what they share knows neither of them"),
        ("churn/scoring.py", "import fastapi", "what they share knows neither of them"),
        ("churn/scoring.py", "import tensorflow", "only in the reference engine and training"),
        ("churn/engines/compiled.py", "import joblib", "only in the reference engine and training"),
        ("service/app.py", "import pandas", "only in the reference engine and training"),
        ("churn/columns.py", "import pyarrow", "PyArrow only in the tables"),
        ("churn/scoring.py", "import ai_edge_litert", "LiteRT only in the compiled engine"),
        ("churn/columns.py", "import churn.bundle", "inside churn, imports go down only"),
        ("service/settings.py", "import service.app", "inside service, imports go down only"),
        ("churn/unplaced.py", "import math", "inside churn, imports go down only"),
    ],
)
def test_a_wrong_import_is_caught(copied_project: Path, file: str, line: str, broken: str) -> None:
    with (copied_project / file).open("a") as module:
        module.write(f"\n{line}\n")
    answer = lint_imports(copied_project)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert any(broken in row and "BROKEN" in row for row in answer.stdout.splitlines()), answer.stdout


@pytest.mark.parametrize("module", ["service.app", "service.__main__", "churn.scoring", "churn.export.__main__"])
def test_serving_leaves_the_training_world_alone(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not set(json.loads(answer.stdout)) & set(HEAVY)
