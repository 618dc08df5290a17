"""One line of the audit log: a request that was answered, and the digest of the line before it.

The digest of a line is the SHA-256 of its bytes without the line feed. So whoever changes, removes, adds or moves a
line has to write all that follow anew, and the digest of the last line, noted elsewhere, shows that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churn.digits import shortest
from service.reply import Seen

NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log ends: the number of its last line, and its digest."""

    number: int = 0
    digest: str = NOTHING_BEFORE


def digest_of(line: bytes) -> str:
    """Return the digest of a line, given without its line feed."""
    return hashlib.sha256(line).hexdigest()


def made(before: Place, facts: Mapping[str, Any], seen: Seen) -> tuple[bytes, Place]:
    """Return the line for a request, without its line feed, and where the log ends with it."""
    head = json.dumps({"line": before.number + 1, "previous": before.digest, **facts, **seen.model})
    records = zip(seen.fingerprints, shortest(seen.probability), strict=True)
    told = ",".join([f'["{fingerprint}",{probability!r}]' for fingerprint, probability in records])
    line = f'{head[:-1]}, "records": [{told}]}}'.encode()
    return line, Place(before.number + 1, digest_of(line))


def read(line: bytes) -> dict[str, Any] | None:
    """Read a line, given without its line feed; None if it is none of an audit log."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("records"), list):
        return None
    kinds = (type(found.get("line")), type(found.get("previous")), type(found.get("time")))
    return found if kinds == (int, str, str) and all(map(_is_record, found["records"])) else None


def _is_record(found: Any) -> bool:
    return isinstance(found, list) and len(found) == 2 and isinstance(found[0], str)
