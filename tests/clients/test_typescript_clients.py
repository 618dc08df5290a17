"""Clients in TypeScript, made of each description that openapi-typescript reads, compile and call the service."""

import json
import shutil

import pytest

from tests.clients.conftest import CALLERS, NODE, check_told, run

OPTIONS = ("--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--pretty", "false")


@pytest.mark.skipif(
    shutil.which("node") is None or not NODE.is_dir(), reason="Node.js, or what `make test-clients` installs for it."
)
@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_openapi_typescript(served, version, tmp_path):
    (tmp_path / "node_modules").symlink_to(NODE)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "document.json").write_text(json.dumps(served.document(version)), encoding="utf-8")
    put = {"RECORDS": served.records, "ADDRESS": served.address, "KEY": served.key, "FIELD": served.table.field}
    program = (CALLERS / "call.ts").read_text(encoding="utf-8")
    for name, value in put.items():
        program = program.replace(name, json.dumps(value))
    (tmp_path / "call.ts").write_text(program, encoding="utf-8")
    run([NODE / ".bin" / "openapi-typescript", "document.json", "--output", "made.ts"], tmp_path)
    run([NODE / ".bin" / "tsc", *OPTIONS, "call.ts"], tmp_path)
    check_told(json.loads(run(["node", "call.js"], tmp_path)), served)
