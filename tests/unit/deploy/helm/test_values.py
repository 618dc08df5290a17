"""Values that cannot be meant are refused before anything is made, with a sentence that says what would be right."""

import json

import pytest
import yaml

from churn import __version__
from tests.unit.deploy.helm.render import CHART, refusal
from tests.unit.deploy.kubernetes import OLDEST

KEYS = {"keys": {"existingSecret": "crm-keys"}}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "Who may call? Give keys.existingSecret, keys.content or settings.oidc-issuer"),
        ({"keys": {"existingSecret": "a", "content": "b"}}, "are both given"),
        ({**KEYS, "bundle": {"from": "claim"}}, "name the PersistentVolumeClaim"),
        ({**KEYS, "bundle": {"from": "init"}}, "name the image that fetches the bundle"),
        ({**KEYS, "serviceMonitor": {"enabled": True}}, "name its Secret in serviceMonitor.keySecret.name"),
        ({**KEYS, "replica": 3}, "'replica' not allowed"),
        ({**KEYS, "settings": {"max-record": 5}}, "'max-record' not allowed"),
        ({**KEYS, "settings": {"keys": "/elsewhere"}}, "'keys' not allowed"),
        ({**KEYS, "settings": {"max-records": [5]}}, "/settings/max-records"),
        ({**KEYS, "stopping": {"graceSeconds": 0}}, "/stopping/graceSeconds"),
        ({**KEYS, "bundle": {"from": "s3"}}, "/bundle/from"),
        ({**KEYS, "image": {"digest": "sha256:short"}}, "/image/digest"),
        ({**KEYS, "tmp": {"sizeLimit": "much"}}, "/sizeLimit"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(values, says):
    assert says in refusal(values)


@pytest.mark.parametrize("values", [{"settings": {"oidc-issuer": "https://id.example"}}, {"insecure": True}, KEYS])
def test_any_word_about_who_may_call_is_enough(values):
    assert refusal(values) == ""


def test_the_schema_knows_every_value_and_every_value_has_a_default():
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert missing(schema, values) == []
    assert set(schema["properties"]) - set(values) == {"global"}


def missing(schema, values, where=""):
    """Where an object of the schema and of the values have different names; free objects and settings are left out."""
    found = []
    for name, inner in schema["properties"].items():
        path = f"{where}/{name}"
        if "properties" in inner and name != "settings":
            names = set(inner["properties"])
            found += [path] if names != set(values[name]) else missing(inner, values[name], path)
    return found


def test_a_name_that_is_only_in_one_of_them_is_found():
    schema = {"properties": {"a": {"properties": {"b": {"properties": {"c": {}}}}}}}
    assert missing(schema, {"a": {"b": {"c": 1}}}) == []
    assert missing(schema, {"a": {"b": {"d": 1}}}) == ["/a/b"]


def test_the_chart_is_of_this_version_and_for_every_kubernetes_that_it_is_looked_at_for():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == __version__
    assert chart["kubeVersion"] == f">={OLDEST}.0-0"
