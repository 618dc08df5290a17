"""The file for Docker Compose: what Compose takes, what churn-serve starts with, and what is kept from both."""

import re
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.unit.deploy.image import DEPLOY, PROJECT, longest_stop_s, settings_of

COMPOSE = DEPLOY / "compose" / "compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
"""The one form of a variable that the file uses; any other stays in it, and is found."""


def with_defaults(text: str) -> str:
    """The file as Compose reads it where no variable is set."""
    return VARIABLE.sub(lambda match: match[2], text)


@pytest.fixture(scope="module")
def text():
    return with_defaults(COMPOSE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def service(text):
    (service,) = yaml.safe_load(text)["services"].values()
    return service


@pytest.fixture(scope="module")
def parser():
    module = pytest.importorskip(
        "compose_spec", reason="the dependency group deploy brings a parser of Compose's files"
    )
    return module.PyCompose


def test_compose_takes_it(text, parser):
    assert parser.from_yaml(text).service_names() == ["churn-service"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("read_only:", "readonly:"), ("stop_grace_period: 30s", "stop_grace_period: soon"), ("unless-stopped", "perhaps")],
)
def test_compose_would_refuse_what_is_misspelt(text, parser, right, wrong):
    assert right in text
    with pytest.raises(ValueError):
        parser.from_yaml(text.replace(right, wrong, 1))


def test_no_variable_is_left_without_a_default(text):
    assert "$" not in re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def test_the_service_starts_with_keys_and_lets_nobody_in_without(service):
    chosen = settings_of([], service["environment"])
    assert (chosen.bundle, chosen.keys) == (Path("/bundle"), Path("/keys/keys.json"))
    assert (chosen.insecure, chosen.is_open) == ("off", False)


def test_what_the_options_name_is_mounted_and_nothing_of_it_can_be_written(service):
    mounts = {mount["target"]: mount for mount in service["volumes"]}
    chosen = settings_of([], service["environment"])
    assert set(mounts) == {str(chosen.bundle), str(chosen.keys.parent)}
    assert all(mount["type"] == "bind" and mount["read_only"] for mount in mounts.values())
    assert (COMPOSE.parent / mounts["/bundle"]["source"] / "manifest.json").is_file()


def test_the_container_is_restricted(service):
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001"
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108


def test_only_this_machine_reaches_the_port_that_is_served(service):
    port = settings_of([], service["environment"]).port
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_a_stop_ends_before_compose_ends_it(service):
    whole = re.fullmatch(r"(\d+)s", service["stop_grace_period"])
    assert longest_stop_s(settings_of([], service["environment"])) < int(whole[1])


def test_the_health_check_is_a_program_that_asks_whether_it_is_ready(service, monkeypatch):
    kind, command, flag, program = service["healthcheck"]["test"]
    assert (kind, command, flag) == ("CMD", "python", "-c")
    asked = []
    monkeypatch.setattr(urllib.request, "urlopen", lambda address, timeout: asked.append((address, timeout)))
    exec(compile(program, "healthcheck", "exec"), {})  # noqa: S102  the program of the file
    port = settings_of([], service["environment"]).port
    assert asked == [(f"http://127.0.0.1:{port}/health/ready", 2)]


def test_it_builds_the_image_of_the_project(service):
    assert (COMPOSE.parent / service["build"]["context"]).resolve() == PROJECT
