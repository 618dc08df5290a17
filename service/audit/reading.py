"""Reading an audit log line by line, and finding customers in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from churn.errors import BadInput
from service.audit.line import read

_LONGEST_BYTES = 1024 * 1024 * 1024


def lines_of(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Give each line without its line feed, empty if it was cut, and where it stands.

    Raises:
        BadInput: a file cannot be read.
    """
    for path in paths:
        try:
            with path.open("rb") as file:
                number = 0
                while line := file.readline(_LONGEST_BYTES):
                    number += 1
                    yield f"Line {number} of {path}", line[:-1] if line.endswith(b"\n") else b""
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.") from None


def find(paths: Sequence[Path], fingerprints: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Give what the log says of some customers: each time that one of them was answered.

    Raises:
        BadInput: a file cannot be read.
    """
    positions = {fingerprint: position for position, fingerprint in enumerate(fingerprints)}
    for _, line in lines_of(paths):
        found = read(line)
        if found is None:
            continue
        facts = {name: value for name, value in found.items() if name not in {"previous", "records"}}
        for fingerprint, probability in found["records"]:
            if fingerprint in positions:
                yield {"record": positions[fingerprint], "churn_probability": probability, **facts}
