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
    files = sorted(file for folder in ("training", "churn") for file in (_ROOT / folder).rglob("*.py"))
    return digest_parts(*map(_code, files))


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
