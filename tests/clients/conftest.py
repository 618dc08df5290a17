"""Running services, what they say of themselves, and the tools that make clients of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from churn.bundle import open_bundle
from tests.clients.tables import TABLES, Table
from tests.customers import fake_bundle
from tests.e2e.conftest import PROJECT, Service, golden, serve

__all__ = ["golden", "serve"]  # fixtures of theirs

NODE = Path(sys.prefix) / "clients-node" / "node_modules"
"""Where `make test-clients` puts what tests/clients/package.json names."""
CALLERS = Path(__file__).parent / "callers"
PATIENCE_S = 120
DOCUMENTS = {"2.0": "/swagger-2.0.json", "3.0": "/openapi-3.0.json", "3.1": "/openapi.json"}


@dataclass(frozen=True)
class Served:
    """A service that runs, and a table of its customers."""

    service: Service
    table: Table
    key: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def document(self, version: str) -> dict[str, Any]:
        status, document = self.service.ask("GET", DOCUMENTS[version])
        assert status == 200
        return document

    @property
    def records(self) -> list[dict[str, Any]]:
        """200 customers, as many as a CRM sends at once; the second of them is wrong."""
        good = [{"customer_id": f"A-{number}", **self.table.record} for number in range(200)]
        good[1] = {**good[1], self.table.field: self.table.wrong}
        return good


def new_key(folder: Path) -> tuple[Path, str]:
    file = folder / "keys.json"
    scopes = ["--scope", "predict", "--scope", "explain"]
    command = [sys.executable, "-m", "service", "keys", "new", "--name", "crm", *scopes, "--file", str(file)]
    return file, run(command, PROJECT).strip()


@pytest.fixture(scope="session", params=["telco", *TABLES])
def served(request, tmp_path_factory, shipped_bundle) -> Iterator[Served]:
    """Each of the tables, with the shipped model or with an engine that answers 0.5, for callers with a key."""
    folder = tmp_path_factory.mktemp(request.param)
    file, key = new_key(folder)
    if request.param == "telco":
        record = open_bundle(shipped_bundle).golden["records"][0]
        table = Table(open_bundle(shipped_bundle).schema, record, "Contract", "x" * 1_001)
        bundle, module = shipped_bundle, "service"
    else:
        table = TABLES[request.param]
        bundle, module = fake_bundle(folder / "bundle", table.schema, [table.record]), "tests.clients.serving"
    service = Service(folder, str(bundle), "--port", "0", "--keys", str(file), module=module)
    try:
        service.await_ready()
        yield Served(service, table, key)
    finally:
        service.end()


def run(command: list[Any], folder: Path, **variables: str) -> str:
    """Run a command to its end and return what it says; it has to be content."""
    env = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done.stdout


def called(caller: str, folder: Path, served: Served, **more: Any) -> list[dict[str, Any]]:
    """Have a program call the service by the client generated in a folder; return the predictions that it was told."""
    asked = {"address": served.address, "key": served.key, "records": served.records, **more}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    command = [sys.executable, "-W", "error::SyntaxWarning", str(CALLERS / caller), "asked.json"]
    return json.loads(run(command, folder, PYTHONPATH=str(folder)))


def check_told(predictions: list[dict[str, Any]], served: Served) -> None:
    """Check what a client told: an entry for each customer in order, and what is wrong with the second."""
    assert [one["customer_id"] for one in predictions] == [f"A-{number}" for number in range(200)]
    wrong = predictions[1]["error"]
    assert [one["field"] for one in wrong["errors"]] == [served.table.field]
    good = predictions[:1] + predictions[2:]
    assert all(0 <= one["churn_probability"] <= 1 and one["risk"] in {"low", "medium", "high"} for one in good)
    assert len({one["churn_probability"] for one in good}) == 1
