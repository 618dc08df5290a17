"""Manifests against the JSON schemas that Kubernetes publishes of itself, which kubernetes-validate brings along."""

from collections.abc import Iterable
from typing import Any

import pytest

OLDEST = "1.25"
"""The first Kubernetes that knows all that the manifests use; Chart.yaml says the same."""


def faults(manifests: Iterable[dict[str, Any]]) -> list[str]:
    """What is wrong with each manifest for the oldest and the newest Kubernetes; skips without the schemas."""
    schemas = pytest.importorskip("kubernetes_validate", reason="the dependency group deploy brings the schemas")
    found = []
    for manifest in manifests:
        for version in (OLDEST, schemas.latest_version()):
            try:
                schemas.validate(manifest, version, strict=True)
            except schemas.ValidationError as error:
                found.append(f"{manifest['kind']} for {version}: {list(error.path)}: {error.message}")
    return found


def pod_of(spec: dict[str, Any]) -> dict[str, Any]:
    """A Pod of a spec that stands in a resource whose schema is not there."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": spec}


def unrestricted(spec: dict[str, Any]) -> list[str]:
    """What Kubernetes' restricted pod security standard would refuse in a pod, and what we ask for besides."""
    pod = spec.get("securityContext", {})
    found = []
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        own = {**pod, **container.get("securityContext", {})}
        wanted = {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        found += [f"{container['name']}: {name}" for name, value in wanted.items() if own.get(name) != value]
    return found
