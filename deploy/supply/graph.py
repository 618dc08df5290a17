"""Who needs whom, which uv writes as comments into a lock (``# via``) and a bill of materials should tell, too."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)")
_NEEDED_BY = re.compile(r"\s+#\s+(?:via\s+)?([A-Za-z0-9][\w.-]*)(?: \(\S+\))?")


def needs_of(lock: Path) -> dict[str, set[str]]:
    """Return for each package, and for the project itself, the names of what it needs."""
    needs: dict[str, set[str]] = defaultdict(set)
    pinned = ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if pin := _PIN.match(line):
            pinned = canonicalize_name(pin[1])
        elif (by := _NEEDED_BY.fullmatch(line)) and by[1] != "via":
            needs[canonicalize_name(by[1])].add(pinned)
    return needs


def add_graph(bill: dict[str, Any], needs: dict[str, set[str]]) -> None:
    """Write into a CycloneDX document what each of its components depends on, in the order of their references."""
    references: dict[str, list[str]] = defaultdict(list)
    for component in (bill["metadata"]["component"], *bill["components"]):
        references[canonicalize_name(component["name"])].append(component["bom-ref"])
    bill["dependencies"] = sorted(
        (
            _entry(reference, {other for need in needs.get(name, ()) for other in references[need]})
            for name, own in list(references.items())
            for reference in own
        ),
        key=lambda entry: str(entry["ref"]),
    )


def _entry(reference: str, depends_on: set[str]) -> dict[str, Any]:
    return {"ref": reference, **({"dependsOn": sorted(depends_on)} if depends_on else {})}
