"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from churn.bundle import Bundle, open_bundle
from tests import customers


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
