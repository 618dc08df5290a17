"""The chart as Helm renders it: what Kubernetes takes, what churn-serve starts with, and what is kept from both."""

import base64
from pathlib import Path

import pytest

from tests.unit.deploy.helm.render import notes, rendered, warnings
from tests.unit.deploy.image import longest_stop_s, settings_of
from tests.unit.deploy.kubernetes import faults, unrestricted

KEYS = {"keys": {"existingSecret": "crm-keys"}}
EVERYTHING = {
    "image": {"repository": "registry.example/churn-service", "digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "registry"}],
    "settings": {"max-records": 5_000_000, "console": False, "value": None, "oidc-issuer": "https://id.example/a&b"},
    "env": [{"name": "OTEL_SERVICE_NAME", "value": "churn"}],
    "bundle": {"from": "init", "init": {"image": "fetch:1", "command": ["fetch"], "args": ["/bundle"], "env": []}},
    "keys": {"content": '{"keys": []}'},
    "tls": {"existingSecret": "churn-tls"},
    "stopping": {"drainSeconds": 15, "graceSeconds": 60},
    "autoscaling": {"enabled": True},
    "networkPolicy": {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}],
        "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}],
    },
    "serviceMonitor": {"enabled": True, "keySecret": {"name": "prometheus-key"}, "labels": {"release": "prometheus"}},
    "extraVolumes": [{"name": "audit", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "audit", "mountPath": "/audit"}],
    "podAnnotations": {"note": "yes"},
    "podLabels": {"team": "crm"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "ml", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "priorityClassName": "high",
}
CLAIM = {**KEYS, "bundle": {"from": "claim", "claim": {"name": "models", "subPath": "telco"}}}
ALL = [KEYS, {"insecure": True}, CLAIM, EVERYTHING]


@pytest.fixture(params=ALL, ids=["keys", "insecure", "claim", "everything"])
def manifests(request):
    return rendered(request.param)


def pod_spec(manifests):
    return manifests["Deployment"]["spec"]["template"]["spec"]


def service_of(manifests):
    (container,) = pod_spec(manifests)["containers"]
    return container


def settings(values):
    return settings_of(service_of(rendered(values))["args"])


@pytest.mark.parametrize("values", ALL, ids=["keys", "insecure", "claim", "everything"])
def test_helm_finds_nothing_to_warn_of(values):
    assert warnings(values) == []


def test_kubernetes_takes_every_manifest(manifests):
    assert faults(each for kind, each in manifests.items() if kind != "ServiceMonitor") == []


def test_there_is_what_was_asked_for_and_nothing_else():
    always = {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"}
    assert set(rendered(KEYS)) == always
    assert set(rendered(EVERYTHING)) == always | {"Secret", "HorizontalPodAutoscaler", "ServiceMonitor"}
    without = {"podDisruptionBudget": {"enabled": False}, "networkPolicy": {"enabled": False}}
    assert set(rendered({**KEYS, **without})) == {"Deployment", "Service"}


def test_every_container_is_restricted_and_has_no_token_of_the_cluster(manifests):
    assert unrestricted(pod_spec(manifests)) == []
    assert pod_spec(manifests)["automountServiceAccountToken"] is False
    assert pod_spec(manifests)["securityContext"]["runAsGroup"] == 10001


def test_no_variable_of_another_service_is_taken_for_an_option(manifests):
    assert pod_spec(manifests)["enableServiceLinks"] is False


def test_the_service_starts_with_what_the_values_say():
    chosen = settings(EVERYTHING)
    assert (chosen.max_records, chosen.console, chosen.oidc_issuer) == (5_000_000, "off", "https://id.example/a&b")
    assert (chosen.bundle, chosen.keys) == (Path("/bundle"), Path("/keys/keys.json"))
    assert (chosen.tls_cert, chosen.tls_key) == (Path("/tls/tls.crt"), Path("/tls/tls.key"))
    assert (chosen.host, chosen.port) == ("0.0.0.0", 8000)  # noqa: S104  a container's


def test_the_bundle_is_the_one_of_the_image_unless_another_is_named():
    assert settings(KEYS).bundle == Path("/app/artifacts/telco")
    assert settings(CLAIM).bundle == Path("/bundle")


def test_without_a_word_nobody_may_call_without_a_key():
    assert settings(KEYS).insecure == "off"
    assert settings({"insecure": True}).insecure == "on"


def test_kubernetes_waits_for_as_long_as_a_stop_may_take(manifests):
    stop_s = longest_stop_s(settings_of(service_of(manifests)["args"]))
    assert stop_s < pod_spec(manifests)["terminationGracePeriodSeconds"] <= stop_s + 5


def test_the_probes_ask_the_port_that_is_served_by_the_scheme_that_is_served():
    for values, scheme in ((KEYS, "HTTP"), (EVERYTHING, "HTTPS")):
        container = service_of(rendered(values))
        asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {name: get["path"] for name, get in asked.items()} == {
            "startupProbe": "/health/ready",
            "livenessProbe": "/health/live",
            "readinessProbe": "/health/ready",
        }
        assert {(get["port"], get["scheme"]) for get in asked.values()} == {("http", scheme)}
        assert container["ports"] == [{"name": "http", "containerPort": 8000, "protocol": "TCP"}]


def test_whatever_is_mounted_has_its_volume_and_only_tmp_and_a_bundle_under_way_can_be_written(manifests):
    spec = pod_spec(manifests)
    volumes = [volume["name"] for volume in spec["volumes"]]
    assert len(volumes) == len(set(volumes))
    mounts = service_of(manifests)["volumeMounts"]
    assert {mount["name"] for mount in mounts} == set(volumes)
    assert {mount["mountPath"] for mount in mounts if not mount.get("readOnly")} <= {"/tmp", "/audit"}  # noqa: S108
    first = [mount for container in spec.get("initContainers", []) for mount in container["volumeMounts"]]
    assert {mount["name"] for mount in first} <= {"bundle", "tmp"}


def test_keys_are_mounted_as_a_folder_and_those_that_were_given_are_in_the_secret_that_is_mounted():
    every = rendered(EVERYTHING)
    secret = every["Secret"]
    assert base64.b64decode(secret["data"]["keys.json"]).decode() == '{"keys": []}'
    for manifests, name in ((every, secret["metadata"]["name"]), (rendered(KEYS), "crm-keys")):
        (volume,) = [each for each in pod_spec(manifests)["volumes"] if each["name"] == "keys"]
        assert (volume["secret"]["secretName"], volume["secret"]["defaultMode"]) == (name, 0o440)
        (mount,) = [each for each in service_of(manifests)["volumeMounts"] if each["name"] == "keys"]
        assert "subPath" not in mount


def test_all_that_selects_pods_selects_those_of_the_deployment(manifests):
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        manifests["Deployment"]["spec"]["selector"]["matchLabels"],
        manifests["Service"]["spec"]["selector"],
        manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector == selectors[0] and selector.items() <= labels.items() for selector in selectors)
    assert "app.kubernetes.io/version" not in selectors[0]  # it changes, and a selector may not


def test_the_autoscaler_decides_alone_how_many_there_are():
    every = rendered(EVERYTHING)
    assert "replicas" not in every["Deployment"]["spec"]
    target = every["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", every["Deployment"]["metadata"]["name"])
    assert rendered(KEYS)["Deployment"]["spec"]["replicas"] == 2


def test_nothing_may_be_reached_and_only_neighbours_may_call_unless_more_is_named():
    policy = rendered(KEYS)["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == []
    assert policy["ingress"] == [{"from": [{"podSelector": {}}], "ports": [{"port": "http", "protocol": "TCP"}]}]
    named = rendered(EVERYTHING)["NetworkPolicy"]["spec"]
    assert named["ingress"][0]["from"] == EVERYTHING["networkPolicy"]["from"]
    assert named["egress"] == EVERYTHING["networkPolicy"]["egress"]


def test_prometheus_shows_a_key_where_one_is_asked_for():
    (endpoint,) = rendered(EVERYTHING)["ServiceMonitor"]["spec"]["endpoints"]
    assert endpoint["authorization"] == {"type": "Bearer", "credentials": {"name": "prometheus-key", "key": "key"}}
    assert (endpoint["port"], endpoint["path"], endpoint["scheme"]) == ("http", "/metrics", "https")
    open_to_all = rendered({"insecure": True, "serviceMonitor": {"enabled": True}})
    assert "authorization" not in open_to_all["ServiceMonitor"]["spec"]["endpoints"][0]


def test_an_image_is_named_by_its_digest_where_there_is_one():
    assert service_of(rendered(KEYS))["image"] == "churn-service:0.1.0"
    assert service_of(rendered(EVERYTHING))["image"] == f"registry.example/churn-service@sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("release", "name"),
    [("shop", "shop-churn-service"), ("churn-service", "churn-service"), ("a" * 53, f"{'a' * 53}-churn-ser")],
)
def test_names_are_of_the_release_and_short_enough_for_dns(release, name):
    every = rendered(EVERYTHING, name=release)
    assert {each["metadata"]["name"] for kind, each in every.items() if kind != "Secret"} == {name}
    assert every["Secret"]["metadata"]["name"] == f"{name[:58].rstrip('-')}-keys"


def test_all_is_made_in_the_namespace_of_the_release(manifests):
    assert {each["metadata"]["namespace"] for each in manifests.values()} == {"crm"}


def test_the_notes_say_how_to_ask_and_whether_anybody_may():
    assert "curl http://localhost:8000/model" in notes(KEYS)
    assert "curl --insecure https://localhost:8000/model" in notes(EVERYTHING)
    assert ["Anybody who reaches its port may ask" in notes(each) for each in ALL] == [False, True, False, False]
    assert "Pods of this namespace reach it, and no others" in notes(KEYS)
    assert "No NetworkPolicy stands in front" in notes({**KEYS, "networkPolicy": {"enabled": False}})
