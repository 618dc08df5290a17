"""The advisory service, asked by pip-audit about every pin: OSV, which knows PyPA's advisories and GitHub's."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from pydantic import BaseModel, ValidationError

from churn.errors import BadInput
from deploy.supply.findings import Finding, one_for_each_flaw
from deploy.supply.pins import Pin

PIP_AUDIT = (sys.executable, "-m", "pip_audit")
"""The command, and the options that make it resolve nothing: what is pinned is all there is."""
_OPTIONS = ("--disable-pip", "--no-deps", "--vulnerability-service", "osv", "--format", "json", "--desc", "on")
_QUIET = ("--aliases", "on", "--progress-spinner", "off", "--timeout", "15")
_PATIENCE_S = 900.0
_REASON_CHARACTERS = 120


class Flaw(BaseModel):
    """What pip-audit tells of one advisory."""

    id: str
    aliases: list[str] = []
    description: str = ""
    fix_versions: list[str] = []


class Judged(BaseModel):
    """What pip-audit tells of one package; with a ``skip_reason`` nobody looked at it."""

    name: str
    version: str | None = None
    vulns: list[Flaw] = []
    skip_reason: str | None = None


class _Answer(BaseModel):
    dependencies: list[Judged]


def ask(pins: Sequence[Pin], command: Sequence[str] = PIP_AUDIT) -> list[Finding]:
    """Return what the service knows against the pins, in their order.

    Raises:
        BadInput: the service cannot be reached, or did not look at every pin.
    """
    judged = [each for some in _each_package_once(pins) for each in _ask(some, command)]
    of_pin = {(each.name, each.version): each.vulns for each in judged if each.skip_reason is None}
    missed = [pin for pin in pins if (pin.name, pin.version) not in of_pin]
    if missed:
        raise _unreachable(f"{len(missed):,} of {len(pins):,} packages were not looked at, the first {missed[0].name}")
    return [
        finding
        for pin in pins
        for finding in one_for_each_flaw(_finding(pin, flaw) for flaw in of_pin[pin.name, pin.version])
    ]


def _each_package_once(pins: Sequence[Pin]) -> list[list[Pin]]:
    """Share the pins out so that none has two versions of a package, which pip-audit refuses."""
    rounds: list[list[Pin]] = []
    seen: dict[str, int] = defaultdict(int)
    for pin in pins:
        if seen[pin.name] == len(rounds):
            rounds.append([])
        rounds[seen[pin.name]].append(pin)
        seen[pin.name] += 1
    return rounds


def _ask(pins: Sequence[Pin], command: Sequence[str]) -> list[Judged]:
    """Run pip-audit. Its exit code says nothing: 1 is a finding, and a network that is closed."""
    with tempfile.TemporaryDirectory() as folder:
        # Not the lock itself, whose markers would leave out what other systems get.
        pinned = Path(folder) / "pins.txt"
        pinned.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in pins), encoding="utf-8")
        try:
            answer = subprocess.run(
                [*command, *_OPTIONS, *_QUIET, "--requirement", str(pinned)],
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _unreachable(f"no answer within {_PATIENCE_S:.0f} s") from error
    if not answer.stdout.strip():
        raise _unreachable(_last_line(answer.stderr))
    try:
        return _Answer.model_validate_json(answer.stdout).dependencies
    except ValidationError as error:
        raise _unreachable(f"pip-audit answered {answer.stdout[:80]!r}") from error


def _finding(pin: Pin, flaw: Flaw) -> Finding:
    title = flaw.description.strip() or "no summary"
    return Finding(pin, (flaw.id, *flaw.aliases), title.splitlines()[0], tuple(flaw.fix_versions))


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return shorten(lines[-1], _REASON_CHARACTERS, placeholder=" ...") if lines else "pip-audit said nothing"


def _unreachable(why: str) -> BadInput:
    return BadInput(
        f"The advisory service cannot be reached ({why}); give advisories that were fetched elsewhere, such as the "
        "all.zip that osv.dev publishes for PyPI: make audit ADVISORIES=FILE_OR_FOLDER"
    )
