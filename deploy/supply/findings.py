"""What is known against what the locks pin: one finding for a package and a flaw, whatever names the flaw has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import shorten

from packaging.version import InvalidVersion, Version

from churn.errors import BadInput
from deploy.supply.advisories import Advisory
from deploy.supply.pins import Pin
from deploy.supply.ranges import fixes, is_affected

_TITLE_CHARACTERS = 160  # PyPA's advisories have no summary, and details without end


@dataclass(frozen=True, slots=True)
class Finding:
    """A pin that an advisory is about: ``names`` are its identifier and then its aliases; ``fixed_in`` is sorted."""

    pin: Pin
    names: tuple[str, ...]
    title: str
    fixed_in: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in one line."""
        first, *others = self.names
        aliases = f" ({', '.join(others)})" if others else ""
        mended = f"fixed in {' and '.join(self.fixed_in)}" if self.fixed_in else "no version that mends it is named"
        title = shorten(self.title, _TITLE_CHARACTERS, placeholder=" ...")
        return f"{self.pin}: {first}{aliases}: {title} [{mended}]"


def find(pins: Sequence[Pin], advisories: Iterable[Advisory]) -> list[Finding]:
    """Match every pin with every advisory, in order of the pins.

    Raises:
        BadInput: a pinned version is no version of PEP 440.
    """
    of_package = defaultdict(list)
    for pin in pins:
        of_package[pin.name].append(pin)
    found = defaultdict(list)
    for advisory in advisories:
        for name in {each.name for each in advisory.of_pypi}:
            for pin in of_package.get(name or "", ()):
                if (finding := _finding(pin, advisory)) is not None:
                    found[pin].append(finding)
    return [finding for pin in pins for finding in one_for_each_flaw(found[pin])]


def _finding(pin: Pin, advisory: Advisory) -> Finding | None:
    try:
        version = Version(pin.version)
    except InvalidVersion:
        raise BadInput(f"{pin} is pinned to what is no version of PEP 440, which no advisory can be about.") from None
    about = [each for each in advisory.of_pypi if each.name == pin.name]
    names = (advisory.id, *(advisory.aliases or []))
    try:
        affecting = [each for each in about if is_affected(each, version)]
    except InvalidVersion as error:
        # Rather one line too many than a flaw that nobody hears of; who has looked can accept it.
        return Finding(pin, names, f"{advisory.title} (may be affected, look yourself: {error})")
    if not affecting:
        return None
    mended = sorted({fixed for each in affecting for fixed in fixes(each, version)})
    return Finding(pin, names, advisory.title, tuple(map(str, mended)))


def one_for_each_flaw(findings: Iterable[Finding]) -> list[Finding]:
    """Join the findings of one pin that share a name: PyPA and GitHub both publish most of them."""
    joined: list[Finding] = []
    for finding in findings:
        same = [each for each in joined if set(each.names) & set(finding.names)]
        joined = [each for each in joined if each not in same]
        joined.append(_join([*same, finding]))
    return joined


def _join(findings: Sequence[Finding]) -> Finding:
    """Keep the first one's sentence, and the names and fixed versions of all."""
    names = dict.fromkeys(name for finding in findings for name in finding.names)
    fixed_in = {version for finding in findings for version in finding.fixed_in}
    return Finding(findings[0].pin, tuple(names), findings[0].title, tuple(sorted(fixed_in, key=Version)))
