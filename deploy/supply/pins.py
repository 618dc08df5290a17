"""What the locks pin: every package with its version, and the locks that it stands in.

Markers do not count: what only Windows gets is looked at on Linux, too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from churn.errors import BadInput

_HASH = re.compile(r"\s--hash=\S+")
_PIN = re.compile(r"==([^*,]+)")


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One version of one package; ``name`` is written as PyPI normalizes it, ``locks`` are names of files."""

    name: str
    version: str
    locks: tuple[str, ...]

    def __str__(self) -> str:
        """Say what is pinned, and where."""
        return f"{self.name} {self.version} ({', '.join(self.locks)})"


def read_pins(locks: Sequence[Path]) -> list[Pin]:
    """Return what the locks pin, in order of the names; a version in several locks is one pin.

    Raises:
        BadInput: a lock cannot be read, pins nothing, or has a line that is no pin.
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for lock in locks:
        for name, version in _pins_of(lock):
            found[name, version].append(lock.name)
    return sorted(Pin(name, version, tuple(names)) for (name, version), names in found.items())


def _pins_of(lock: Path) -> set[tuple[str, str]]:
    """Return names and versions; a package with two markers stands once."""
    try:
        text = lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{lock} cannot be read as a lock: {error}.") from error
    lines = text.replace("\\\n", " ").splitlines()
    pins = {_pin(lock, line) for line in _meant(lines)}
    if not pins:
        raise BadInput(f"{lock} pins nothing; a lock has lines such as numpy==2.4.6 --hash=sha256:...")
    return pins


def _meant(lines: Iterable[str]) -> list[str]:
    """Leave out comments and empty lines."""
    without = (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines)
    return [line for line in without if line]


def _pin(lock: Path, line: str) -> tuple[str, str]:
    try:
        requirement = Requirement(_HASH.sub("", line))
    except InvalidRequirement:
        requirement = None
    version = None if requirement is None else _PIN.fullmatch(str(requirement.specifier))
    if requirement is None or version is None:
        raise BadInput(f"{lock} has the line {line[:80]!r}, where one version was expected, such as numpy==2.4.6.")
    return canonicalize_name(requirement.name), version[1]
