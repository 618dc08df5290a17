"""What looks at manifests finds what is wrong with them."""

import pytest

from tests.unit.deploy.kubernetes import faults, pod_of, unrestricted

CONTAINER = {
    "name": "one",
    "image": "churn-service",
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}


def test_a_pod_that_is_right_has_no_faults():
    assert faults([pod_of({"containers": [CONTAINER]})]) == []


def test_a_misspelt_field_and_a_wrong_type_are_found():
    assert len(faults([pod_of({"containers": [{**CONTAINER, "arguments": []}]})])) == 2
    assert len(faults([pod_of({"containers": [{**CONTAINER, "args": [8000]}]})])) == 2


def test_a_restricted_container_is_found_to_be_so():
    assert unrestricted({"containers": [CONTAINER]}) == []


@pytest.mark.parametrize("left_out", list(CONTAINER["securityContext"]))
def test_a_restriction_that_is_left_out_is_found_also_in_a_container_before_the_others(left_out):
    context = {name: value for name, value in CONTAINER["securityContext"].items() if name != left_out}
    first = {**CONTAINER, "name": "first", "securityContext": context}
    assert unrestricted({"initContainers": [first], "containers": [CONTAINER]}) == [f"first: {left_out}"]
