"""No text that is shipped holds a placeholder that somebody meant to fill in."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
CORPORA = PROJECT / "tests" / "hostile" / "corpus"
PLACEHOLDER = re.compile(r"@[A-Z_]+@")
FOLDERS = ("artifacts/telco", "benchmarks", "churn", "deploy", "docs", "requirements", "service", "tests", "training")
ENDINGS = {".html", ".j2", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ""}


def shipped_texts() -> list[Path]:
    every = [*PROJECT.iterdir(), *(path for folder in FOLDERS for path in (PROJECT / folder).rglob("*"))]
    texts = [path for path in every if path.is_file() and path.suffix in ENDINGS]
    return [path for path in texts if not path.is_relative_to(CORPORA)]  # bytes that are meant to be no text


def test_every_kind_of_text_is_looked_at():
    names = {path.relative_to(PROJECT).as_posix() for path in shipped_texts()}
    assert {"README.md", "Makefile", "Dockerfile", "artifacts/telco/report.html", "service/app.py"} <= names


def test_no_text_holds_a_placeholder():
    found = {path.relative_to(PROJECT).as_posix(): PLACEHOLDER.findall(path.read_text()) for path in shipped_texts()}
    assert {name: held for name, held in found.items() if held} == {}


@pytest.mark.parametrize("text", ["half the distillation: @" + "FAST@", "@" + "TO_DO@"])
def test_a_placeholder_is_found(text):
    assert PLACEHOLDER.search(text)
