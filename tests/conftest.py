"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from churn.bundle import Bundle, open_bundle
from tests import customers

# How long a machine takes says nothing about the code: no deadline, and no complaint that drawing examples is slow.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, **_PATIENT)  # the same examples in every run
settings.register_profile(
    "random", derandomize=False, max_examples=3_000, print_blob=True, **_PATIENT
)  # make test-random
# Before any test is read, for its decorators look here; --hypothesis-profile has the last word.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: where several run side by side, none is left to the end alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A real bundle, of a tiny network with random weights, in the schema ``customers.CUSTOMERS``."""
    return open_bundle(customers.tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny"))


@pytest.fixture
def fake_bundle(tmp_path: Path) -> Bundle:
    """A bundle whose model files hold nothing, for what never loads them."""
    return open_bundle(customers.fake_bundle(tmp_path / "fake"))


@pytest.fixture(scope="session")
def shipped_bundle() -> Path:
    """The bundle that the project ships, trained by its own command."""
    return Path(__file__).parents[1] / "artifacts" / "telco"
