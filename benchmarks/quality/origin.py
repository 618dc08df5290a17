"""What a cell is made from, as digests: the task that it answers, and the code and versions that answered."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.quality.ours import OURS
from benchmarks.quality.store import Origin, digest_parts
from benchmarks.quality.tables import Spec

FIELD_PACKAGES = ("lightgbm", "xgboost-cpu", "catboost", "optuna", "scikit-learn")
OUR_PACKAGES = ("tensorflow-cpu", "keras", "catboost", "scikit-learn", "numpy")
_ROOT = Path(__file__).parents[2]
_IMPORTS = ast.Import | ast.ImportFrom
_MAKES_A_MODEL = ("training", "churn/arrays.py", "churn/columns.py", "churn/kinds", "churn/schema")
_TELLS_OF_IT = (
    *("training/report", "training/progress.py", "training/__main__.py", "training/evaluate_command.py"),
    *("training/check_first.py", "training/label_options.py"),
)
"""What makes a model, and what is among it but only talks. Other code (reading, serving) is held by tests alone."""


def origin_of(spec: Spec, table_digest: str, model: str, seed: int, settings: str) -> Origin:
    """Return what a cell is made from here and now; ``settings`` are those that the model heeds."""
    task = digest_parts(table_digest, json.dumps(asdict(spec)), model, str(seed), settings)
    ours = model in OURS
    versions = (f"{name} {version_of(name)}" for name in (OUR_PACKAGES if ours else FIELD_PACKAGES))
    return Origin(task, digest_parts(_our_code() if ours else _code(_ROOT / "benchmarks/quality/field.py"), *versions))


def version_of(name: str) -> str:
    """Return the version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def _our_code() -> str:
    silent = [_ROOT / name for name in _TELLS_OF_IT]
    makes = [_ROOT / name for name in _MAKES_A_MODEL]
    files = sorted({file for path in makes for file in (path.rglob("*.py") if path.is_dir() else [path])})
    return digest_parts(*(_code(file) for file in files if not any(file.is_relative_to(path) for path in silent)))


def _code(file: Path) -> str:
    """Return a digest of what a file does: comments, docstrings and form do not count, nor where it imports from."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not (isinstance(part, _IMPORTS) or _is_text(part))]
    return digest_parts(ast.dump(tree))


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
