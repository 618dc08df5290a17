"""The locks pin everything by hash, name no host, agree with each other and with pyproject.toml."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
LOCKS = sorted((PROJECT / "requirements").rglob("*.txt"))
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: Path) -> list[tuple[Requirement, int]]:
    """Every requirement of a lock, with how many hashes it has."""
    logical_lines = lock.read_text().replace("\\\n", " ").splitlines()
    kept = [line for line in logical_lines if line.strip() and not line.lstrip().startswith("#")]
    return [(Requirement(HASH.sub("", line)), len(HASH.findall(line))) for line in kept]


def versions(lock: str) -> dict[str, str]:
    return {r.name: str(r.specifier).removeprefix("==") for r, _ in entries(PROJECT / "requirements" / lock)}


def unmet(wanted: Iterable[str], lock: str) -> list[str]:
    """The requirements of pyproject.toml that a lock does not fulfil, but for the project's own extras."""
    requirements = [Requirement(text) for text in wanted]
    locked = versions(lock)
    others = [r for r in requirements if r.name != PYPROJECT["project"]["name"]]
    return [str(r) for r in others if not r.specifier.contains(locked.get(canonicalize_name(r.name), "0"))]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_by_hash(lock: Path) -> None:
    assert entries(lock)
    assert [str(r) for r, hashes in entries(lock) if not hashes] == []
    assert [str(r) for r, _ in entries(lock) if not re.fullmatch(r"==[^*,]+", str(r.specifier))] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_a_host_or_a_folder(lock: Path) -> None:
    assert re.findall(r"://|file:|--(?:extra-)?index|--find-links|--trusted-host| @ ", lock.read_text()) == []


@pytest.mark.parametrize("lock", ["service.txt", "build.txt"])
def test_the_small_locks_pin_what_the_large_one_pins(lock: str) -> None:
    assert versions(lock).items() <= versions("all.txt").items()


def test_the_locks_fulfil_the_project() -> None:
    project = PYPROJECT["project"]
    assert unmet(project["dependencies"], "service.txt") == []
    assert unmet([text for extra in project["optional-dependencies"].values() for text in extra], "all.txt") == []
    assert unmet(PYPROJECT["build-system"]["requires"], "build.txt") == []


def test_the_service_installs_without_the_training_world() -> None:
    training_world = {"tensorflow", "tensorflow-cpu", "keras", "scikit-learn", "pandas", "pyarrow"}
    assert not training_world & versions("service.txt").keys()
