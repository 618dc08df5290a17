"""A bill of materials of a lock: CycloneDX in JSON, made by cyclonedx-bom, the same bytes for the same lock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from churn.errors import BadInput
from deploy.supply.graph import add_graph, needs_of

CYCLONEDX = (sys.executable, "-m", "cyclonedx_py")
_PATIENCE_S = 300.0


def write_bill(lock: Path, pyproject: Path, folder: Path, command: Sequence[str] = CYCLONEDX) -> Path:
    """Write ``NAME.cdx.json`` for ``NAME.txt`` into a folder, which is made; return the file.

    ``pyproject`` describes what the packages are for.

    Raises:
        BadInput: the tool could not make it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bill = folder / f"{lock.stem}.cdx.json"
    form = ("--output-format", "JSON", "--spec-version", "1.6", "--output-reproducible", "--validate")
    answer = subprocess.run(
        [*command, "requirements", *form, "--pyproject", str(pyproject), "--output-file", str(bill), str(lock)],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if answer.returncode != 0:
        said = answer.stderr.strip().splitlines() or ["it said nothing"]
        raise BadInput(f"No bill of materials could be made of {lock}: {said[-1][:300]}")
    described = json.loads(bill.read_text(encoding="utf-8"))
    add_graph(described, needs_of(lock))
    bill.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    return bill
