"""The whole interface, as its own OpenAPI document describes it, asked for what it promises and what it forbids."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import PROJECT, Service, wait_until

SETTINGS = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = 25
PATIENCE_S = 150
FIGURES = ("--value", "200", "--contact-cost", "10", "--contact-success", "0.3")
"""What a question to /decide may leave out, as an operator says it; without, its description promises too much."""


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """A file of keys, and a key that may everything."""
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    command = [sys.executable, "-m", "service", "keys", "new", "--name", "hostile", "--scope", "admin", "--file", file]
    made = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60)
    return file, made.stdout.strip()


def ask_everything(service, folder, *options):
    """Send all that schemathesis thinks of; return what it says, the end of it, and whether it is content."""
    address = f"http://127.0.0.1:{service.port}/openapi.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", SETTINGS, "run", address, "--no-color"]
    answer = subprocess.run(
        [*command, f"--max-examples={EXAMPLES}", *options],
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT), "SCHEMATHESIS_HOOKS": "tests.hostile.hooks", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    lines = [line[:500] for line in answer.stdout.splitlines()]
    return answer.returncode, "\n".join(lines[-300:]) + answer.stderr[-5_000:]


def faults(service):
    """The events of the log that tell of faults of ours."""
    return [event for event in service.events() if event["event"] == "failure" or event.get("status") == 500]


def test_the_service_keeps_what_its_description_promises(tmp_path, shipped_bundle):
    service = Service(tmp_path, str(shipped_bundle), "--port", "0", *FIGURES)
    try:
        service.await_ready()
        code, said = ask_everything(service, tmp_path)
        assert code == 0, said
        assert faults(service) == []
    finally:
        service.end()


def test_with_keys_it_keeps_it_too_and_lets_nobody_in_without_one(tmp_path, shipped_bundle, keys):
    file, key = keys
    service = Service(tmp_path, str(shipped_bundle), "--port", "0", *FIGURES, "--keys", str(file))
    try:
        service.await_listening()
        # The key is added also where the tool means to send none; that it does send none elsewhere is seen in the log.
        options = (f"--header=Authorization: Bearer {key}", "--exclude-checks=missing_required_header")
        code, said = ask_everything(service, tmp_path, *options)
        assert code == 0, said
        wait_until(lambda: [event for event in service.events() if event.get("unauthorized")], "somebody without a key")
        assert faults(service) == []
    finally:
        service.end()
