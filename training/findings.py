"""What there is to say about the data, as a value: the checks make it, the reporter and the report show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

_MOST_ALONE = 3
_MOST_NAMED = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying about the data, or about one column of it.

    Findings of one ``kind`` about many columns are told together; by default those of one sentence are of a kind.
    ``in_short`` says that the report tells it before all else: who reads no further has to know it.
    """

    level: Literal["info", "warning"]
    column: str | None
    sentence: str
    in_short: bool = False
    kind: str = ""


def told_together(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with those of one kind, where they are many, in one line with their count."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for place, finding in enumerate(findings):
        own = str(place) if finding.column is None else finding.kind or finding.sentence
        kinds.setdefault((finding.level, own), []).append(finding)
    return [told for same in kinds.values() for told in (same if len(same) <= _MOST_ALONE else [_together(same)])]


def _together(same: Sequence[Finding]) -> Finding:
    first, *others = same
    names = [str(finding.column) for finding in others]
    more = ", …" if len(names) > _MOST_NAMED else "."
    how = "The same holds for" if len({finding.sentence for finding in same}) == 1 else "Much the same holds for"
    sentence = f"{first.sentence} {how} {len(names)} more columns: {', '.join(names[:_MOST_NAMED])}{more}"
    return replace(first, sentence=sentence)
