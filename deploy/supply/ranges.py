"""Whether a version is affected: the evaluation that the OSV format describes, in the order of PEP 440."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from packaging.version import InvalidVersion, Version

from deploy.supply.advisories import Affected, Range

_NEVER = Version("0.dev0")  # before every version, as OSV means "introduced": "0"
_COMMITS = "GIT"


def is_affected(affected: Affected, version: Version) -> bool:
    """Tell whether the version is in the list, or in one of the ranges.

    Raises:
        InvalidVersion: it is not in what can be read, and a range has an event that is no version of PEP 440.
    """
    if any(_same(listed, version) for listed in affected.versions or []):
        return True
    unreadable: InvalidVersion | None = None
    for each in affected.ranges or []:
        try:
            if each.type != _COMMITS and _is_within(each, version):
                return True
        except InvalidVersion as error:
            unreadable = error
    if unreadable is not None:
        raise unreadable
    return False


def fixes(affected: Affected, version: Version) -> set[Version]:
    """Return the versions above this one that are named as fixed, but for what is no version of PEP 440."""
    named = [event.fixed for each in affected.ranges or [] if each.type != _COMMITS for event in each.events]
    return {fixed for fixed in map(_version_or_none, named) if fixed is not None and fixed > version}


def _is_within(versions: Range, version: Version) -> bool:
    """Go through the events in the order of their versions; the last one that was reached decides."""
    limits = [event.limit for event in versions.events if event.limit is not None]
    if limits and not any(limit == "*" or version < Version(limit) for limit in limits):
        return False
    within = False
    for _, begins, reached in sorted(_turns(versions, version), key=itemgetter(0)):
        if reached:
            within = begins
    return within


def _turns(versions: Range, version: Version) -> Iterator[tuple[Version, bool, bool]]:
    """Yield for every event its version, whether the affected ones begin or end there, and whether ours reaches it."""
    for event in versions.events:
        if event.introduced is not None:
            begin = _NEVER if event.introduced == "0" else Version(event.introduced)
            yield begin, True, version >= begin
        if event.fixed is not None:
            fixed = Version(event.fixed)
            yield fixed, False, version >= fixed
        if event.last_affected is not None:
            last = Version(event.last_affected)
            yield last, False, version > last


def _same(listed: str, version: Version) -> bool:
    return _version_or_none(listed) == version


def _version_or_none(text: str | None) -> Version | None:
    try:
        return None if text is None else Version(text)
    except InvalidVersion:
        return None
