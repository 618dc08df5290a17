"""The image is made from what was named: one base image for all stages, and locks that are there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
LOCK = re.compile(r"requirements/[\w/]+\.txt")


def stages(dockerfile: str) -> list[str]:
    """What each FROM starts from, but for the stages before it."""
    found = re.findall(r"^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", dockerfile, re.MULTILINE | re.IGNORECASE)
    names = {name for _, name in found if name}
    return [image for image, _ in found if image not in names]


def test_every_stage_starts_from_the_base_image_that_was_named():
    assert stages(DOCKERFILE) == ["${BASE_IMAGE}", "${BASE_IMAGE}"]
    before_the_stages = DOCKERFILE[: DOCKERFILE.index("\nFROM ")]
    assert re.findall(r"^ARG BASE_IMAGE=(\S+)$", before_the_stages, re.MULTILINE) == ["python:3.11-slim"]


@pytest.mark.parametrize("line", ["FROM python:3.11-slim", "from --platform=linux/amd64 debian AS more"])
def test_a_stage_that_starts_from_something_else_is_found(line):
    assert set(stages(f"{DOCKERFILE}\n{line}\n")) > {"${BASE_IMAGE}"}


def test_nothing_is_copied_from_an_image_that_is_not_a_stage():
    names = set(re.findall(r"^FROM .* AS (\S+)$", DOCKERFILE, re.MULTILINE))
    assert set(re.findall(r"--from=(\S+)", DOCKERFILE)) <= names


def test_every_lock_that_the_makefile_and_the_dockerfile_name_is_there():
    lock = re.search(r"^ARG LOCK=(\S+)$", DOCKERFILE, re.MULTILINE)
    named = {*LOCK.findall(MAKEFILE), *LOCK.findall(DOCKERFILE.replace("${LOCK}", lock[1]))}
    assert {"requirements/service.txt", "requirements/all.txt", "requirements/audit.txt"} <= named
    assert [name for name in sorted(named) if not (PROJECT / name).is_file()] == []
