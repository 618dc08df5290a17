"""Looking whether an audit log is whole: that no line was changed, removed, added or moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.audit.line import NOTHING_BEFORE, Place, digest_of, read
from service.audit.reading import lines_of

MOST_TOLD = 20


@dataclass(slots=True)
class Verdict:
    """What was found: how many lines and customers, from when to when, where it ends, and what is wrong.

    ``begins_after`` is the number of the line that comes before the first, 0 for the beginning of a log.
    ``begun_anew`` is how many of the files, after the first, begin a log of their own, as a service does that starts
    on a file with no line in it. ``has_head`` says whether a line has the digest that was looked for.
    """

    lines: int = 0
    customers: int = 0
    first_time: str | None = None
    last_time: str | None = None
    begins_after: int = 0
    begun_anew: int = 0
    end: Place = field(default_factory=Place)
    has_head: bool = False
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0

    def object(self, sentence: str) -> None:
        """Note something that is wrong."""
        if len(self.problems) < MOST_TOLD:
            self.problems.append(sentence)
        else:
            self.more_problems += 1


def verify(paths: Sequence[Path], head: str | None = None) -> Verdict:
    """Read the files of one log, the oldest first; ``head`` is the digest of a line that was noted before.

    Raises:
        BadInput: a file cannot be read.
    """
    verdict = Verdict(has_head=head == NOTHING_BEFORE)
    before: Place | None = None
    for where, line in lines_of(paths):
        found = read(line)
        if found is None:
            verdict.object(f"{where} is no line of an audit log: it was changed, or cut in the middle.")
            continue
        if before is not None and _begins_anew(where, found):
            before, verdict.begun_anew = Place(), verdict.begun_anew + 1
        if before is None:
            before = Place(found["line"] - 1, found["previous"])
            verdict.begins_after = before.number
            if before.number == 0 and before.digest != NOTHING_BEFORE:
                verdict.object(f"{where} is numbered as the first, but names one before it.")
        elif (wrong := _judged(found, before)) is not None:
            verdict.object(f"{where} {wrong}")
        before = Place(found["line"], digest_of(line))
        verdict.has_head |= before.digest == head
        verdict.lines += 1
        verdict.customers += len(found["records"])
        verdict.first_time = verdict.first_time or found.get("time")
        verdict.last_time = found.get("time")
    verdict.end = before or Place()
    if head is not None and not verdict.has_head:
        verdict.object(
            f"No line has the digest {head}: lines were removed at the end, or changed, or it is another log."
        )
    return verdict


def _begins_anew(where: str, found: dict[str, Any]) -> bool:
    """Say whether a line is the first of its file, and of a log."""
    return where.startswith("Line 1 of ") and (found["line"], found["previous"]) == (1, NOTHING_BEFORE)


def _judged(found: dict[str, Any], before: Place) -> str | None:
    """Say what is wrong with how a line follows the one before it."""
    number, expected = found["line"], before.number + 1
    if number > expected:
        return f"has the number {number} after {before.number}: lines between them were removed."
    if number < expected:
        return f"has the number {number} after {before.number}: lines were moved, or added."
    if found["previous"] != before.digest:
        return f"does not follow line {before.number} as that is now: line {before.number} was changed."
    return None
