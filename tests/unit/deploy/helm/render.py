"""What Helm makes of the chart, and what it says of it."""

import functools
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.image import DEPLOY

CHART = DEPLOY / "helm" / "churn-service"
PROGRAM = Path(__file__).with_name("program.py")
PATIENCE_S = 60


def rendered(values: dict[str, Any], name: str = "shop") -> dict[str, dict[str, Any]]:
    """The manifests by their kinds, each of which the chart makes once at the most."""
    answer = ask("render", values, name)
    assert "rendered" in answer, answer
    texts = [text for path, text in answer["rendered"].items() if path.endswith(".yaml")]
    manifests = [manifest for manifest in map(yaml.safe_load, texts) if manifest is not None]
    assert len({manifest["kind"] for manifest in manifests}) == len(manifests)
    return {manifest["kind"]: manifest for manifest in manifests}


def notes(values: dict[str, Any]) -> str:
    (text,) = [text for path, text in ask("render", values)["rendered"].items() if path.endswith("NOTES.txt")]
    return text


def refusal(values: dict[str, Any]) -> str:
    """Why nothing is rendered; empty where it is."""
    return ask("render", values).get("refused", "")


def warnings(values: dict[str, Any]) -> list[str]:
    return ask("lint", values)["lint"]


def ask(what: str, values: dict[str, Any], name: str = "shop") -> dict[str, Any]:
    """Ask Helm; skips where its library is not installed."""
    if importlib.util.find_spec("helm_python") is None:
        pytest.skip("the dependency group deploy brings Helm's library")
    return json.loads(answer_to(what, json.dumps({"values": values, "name": name})))


@functools.cache
def answer_to(what: str, question: str) -> str:
    command = [sys.executable, PROGRAM, what, CHART]
    answer = subprocess.run(command, input=question, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout
