"""KServe's two resources: what KServe and Kubernetes take, and what churn-serve starts with."""

from pathlib import Path

import pytest
import yaml

from tests.unit.deploy.image import DEPLOY, longest_stop_s, settings_of
from tests.unit.deploy.kubernetes import faults, pod_of, unrestricted

DEFAULT_STOP_S = 30
"""How long Kubernetes waits where nothing is said, as nothing can be in a ServingRuntime."""
FORMAT = {"name": str, "version": str, "autoSelect": bool, "priority": int}
RUNTIME = {"annotations", "supportedModelFormats", "protocolVersions", "containers"}
PREDICTOR = {"minReplicas", "maxReplicas", "automountServiceAccountToken", "enableServiceLinks", "model"}
MODEL = {"runtime", "modelFormat", "protocolVersion", "storageUri"}
"""Of the names in KServe's definitions those that we use, and the types of their values."""


@pytest.fixture(scope="module")
def runtime():
    return yaml.safe_load((DEPLOY / "kserve" / "servingruntime.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def inference():
    return yaml.safe_load((DEPLOY / "kserve" / "inferenceservice.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def container(runtime):
    (container,) = runtime["spec"]["containers"]
    return container


def settings(container):
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    return settings_of(container["args"], environment)


def test_the_runtime_has_only_what_kserve_knows(runtime):
    assert (runtime["apiVersion"], runtime["kind"]) == ("serving.kserve.io/v1alpha1", "ServingRuntime")
    assert set(runtime["spec"]) == RUNTIME
    for each in runtime["spec"]["supportedModelFormats"]:
        assert {name: type(value) for name, value in each.items()} == FORMAT
    assert runtime["spec"]["protocolVersions"] == ["v1", "v2"]


def test_the_service_has_only_what_kserve_knows(inference):
    assert (inference["apiVersion"], inference["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    assert set(inference["spec"]) == {"predictor"}
    predictor = inference["spec"]["predictor"]
    assert set(predictor) == PREDICTOR
    assert set(predictor["model"]) == MODEL


def test_kubernetes_takes_what_kserve_makes_pods_of(runtime, inference):
    predictor = inference["spec"]["predictor"]
    of_the_pod = {name: predictor[name] for name in ("automountServiceAccountToken", "enableServiceLinks")}
    assert faults([pod_of({**of_the_pod, "containers": runtime["spec"]["containers"]})]) == []


def test_kserve_finds_the_runtime_for_the_service(runtime, inference):
    model = inference["spec"]["predictor"]["model"]
    assert model["runtime"] == runtime["metadata"]["name"]
    assert model["protocolVersion"] in runtime["spec"]["protocolVersions"]
    formats = [(each["name"], each["version"]) for each in runtime["spec"]["supportedModelFormats"]]
    assert (model["modelFormat"]["name"], model["modelFormat"]["version"]) in formats


def test_the_container_is_the_one_that_kserve_looks_for_and_is_restricted(runtime, container):
    assert container["name"] == "kserve-container"
    assert unrestricted(runtime["spec"]) == []


def test_the_service_starts_with_the_bundle_where_kserve_lays_it(container):
    chosen = settings(container)
    assert chosen.bundle == Path("/mnt/models")
    assert (chosen.host, chosen.port) == ("0.0.0.0", 8000)  # noqa: S104  a container's


def test_a_service_that_is_named_churn_does_not_change_the_port(container):
    container = {**container, "env": [*container["env"], {"name": "CHURN_PORT", "value": "tcp://10.0.0.1:8000"}]}
    assert settings(container).port == 8000


def test_all_that_asks_asks_the_port_that_is_served(runtime, container):
    port = settings(container).port
    assert [each["containerPort"] for each in container["ports"]] == [port]
    assert runtime["spec"]["annotations"]["prometheus.kserve.io/port"] == str(port)
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {get["port"] for get in asked.values()} == {port}
    assert {name for name, get in asked.items() if get["path"] == "/health/ready"} == {"startupProbe", "readinessProbe"}
    assert asked["livenessProbe"]["path"] == "/health/live"


def test_a_stop_ends_before_kubernetes_ends_it(container):
    assert longest_stop_s(settings(container)) < DEFAULT_STOP_S
