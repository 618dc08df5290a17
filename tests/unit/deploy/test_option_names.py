"""What deploy/ and its page call an option of churn-serve is one, and the chart lets all of them be chosen."""

import json
import re

import pytest

from service.settings import OPTIONS
from tests.unit.deploy.image import DEPLOY, PROJECT

CHART = DEPLOY / "helm" / "churn-service"
VARIABLE = re.compile(r"\bCHURN_[A-Z][A-Z_]*")
ARGUMENT = re.compile(r"^\s*- \"?--([a-z][a-z-]*)(?:=|\"?$)", re.MULTILINE)
FOLDERS = ("helm", "kserve", "compose", "huggingface")
VARIABLES = {"CHURN_BUNDLE", *(option.variable for option in OPTIONS)}
NAMES = {option.name for option in OPTIONS}
OWN = {"host", "port", "drain-s", "grace-s", "insecure", "keys", "tls-cert", "tls-key"}
"""What the chart decides by other values of its own."""


def texts() -> dict[str, str]:
    paths = [path for folder in FOLDERS for path in sorted((DEPLOY / folder).rglob("*")) if path.is_file()]
    found = {path.relative_to(DEPLOY).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {**found, "platforms.md": (PROJECT / "docs" / "platforms.md").read_text(encoding="utf-8")}


def test_every_variable_is_one_that_churn_serve_reads():
    found = {name: set(VARIABLE.findall(text)) for name, text in texts().items()}
    assert {"kserve/servingruntime.yaml", "compose/compose.yaml", "platforms.md"} <= {
        name for name, held in found.items() if held
    }
    assert {name: held - VARIABLES for name, held in found.items() if held - VARIABLES} == {}


def test_every_argument_is_one_that_churn_serve_takes():
    found = {name: set(ARGUMENT.findall(text)) for name, text in texts().items()}
    assert found["helm/churn-service/templates/deployment.yaml"] == OWN
    assert {name: held - NAMES for name, held in found.items() if held - NAMES} == {}


@pytest.mark.parametrize("text", ["name: CHURN_PROT", "$CHURN_PROT", "CHURN_PROT=8000"])
def test_a_misspelt_variable_is_found(text):
    assert set(VARIABLE.findall(text)) - VARIABLES == {"CHURN_PROT"}


@pytest.mark.parametrize("text", ["  - --prot=8000", "  - --prot", '- "--prot=8000"', '- "--prot"'])
def test_a_misspelt_argument_is_found(text):
    assert set(ARGUMENT.findall(text)) - NAMES == {"prot"}


def test_the_chart_lets_every_option_be_chosen_once():
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]["settings"]["properties"]) == NAMES - OWN
