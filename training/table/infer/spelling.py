"""How a file writes its numbers: which mark stands before the decimals, by the evidence of all its cells.

``1.234,56`` can be read in one way only, ``1.234`` in two. A column with cells of the first sort is decided by them;
one that has only cells of the second sort by the other columns of the file, or by whoever trains (``--decimal``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from churn.kinds.forms import NUMERAL
from churn.kinds.spelling import Written, read_number
from training.table.infer.profile import MARKERS_AMONG_NUMBERS, Profile, is_marker, mask, profile, quoted

_LOOKED_AT = 500
_MOST_LOOKED_AT = 200_000
_PLAIN = rf"^{NUMERAL.pattern}$"
_WHOLE = r"^[+-]?[0-9]+$"
_TWOFOLD = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_MOSTLY = 0.8
_SLIP = 0.01
"""Cells in the other spelling are slips where they are no more than this share; they cannot be read."""
_NAMED = {",": "comma", ".": "point"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a column writes numbers: ``decimal`` as the field's setting has it, None for plain numerals.

    ``doubt`` says why that is not sure; without a ``decimal`` and with ``is_lost`` the numbers cannot be read at all.
    """

    decimal: str | None = None
    doubt: str = ""
    is_lost: bool = False


PLAIN = Spelling()


def spellings(table: pa.Table, decimal: str | None = None) -> dict[str, Spelling]:
    """Return how each column of numbers is written that is not written in plain numerals alone, by name.

    ``decimal`` ("," or ".") is what whoever trains says of cells that can be read in two ways.
    """
    found = {name: evidence for name in table.column_names if (evidence := _look(name, table.column(name)))}
    decided = {mark for evidence in found.values() if (mark := evidence.decided)}
    others = decimal or (decided.pop() if len(decided) == 1 else None)
    judged = {name: _judge(evidence, others) for name, evidence in found.items()}
    return {name: spelling for name, spelling in judged.items() if spelling != PLAIN}


@dataclass(slots=True)
class _Evidence:
    """How many rows hold a number under one reading only, the same under both, or another under each."""

    only: dict[str, int]
    same: int = 0
    differ: int = 0
    neither: int = 0
    is_plain: bool = True
    units: frozenset[str] = frozenset()
    example: str = ""

    @property
    def numbers(self) -> int:
        return sum(self.only.values()) + self.same + self.differ

    @property
    def decided(self) -> str | None:
        """The mark that cells prove which can be read in one way only; None where there are none, or of both sorts."""
        less, more = sorted(self.only, key=self.only.__getitem__)
        return more if self.only[more] and self.only[less] <= _SLIP * self.only[more] else None

    @property
    def is_mixed(self) -> bool:
        return any(self.only.values()) and self.decided is None


def _look(name: str, column: pa.ChunkedArray) -> _Evidence | None:
    """Gather the evidence of a column of texts that are numbers; None for any other column."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return None
    first = pc.unique(column.slice(0, _LOOKED_AT)).to_pylist()
    cells = [text.strip() for text in first if text and text.strip() and not is_marker(text, MARKERS_AMONG_NUMBERS)]
    if sum(bool(_readings(text)) for text in cells) < 0.5 * len(cells) or not cells:
        return None
    evidence = _gathered(profile(name, column))
    return evidence if evidence.numbers >= _MOSTLY * (evidence.numbers + evidence.neither) > 0 else None


def _gathered(column: Profile) -> _Evidence:
    """Look at every different text once: at plain numerals, of which there may be a million, all together."""
    whole, twofold, plain = (mask(pc.match_substring_regex(column.values, form)) for form in (_WHOLE, _TWOFOLD, _PLAIN))
    rows = {"same": whole, "differ": plain & twofold, "point": plain & ~whole & ~twofold}
    counted = {name: int(column.counts[where].sum()) for name, where in rows.items()}
    evidence = _Evidence({",": 0, ".": counted["point"]}, counted["same"], counted["differ"])
    if twofold.any():
        evidence.example = str(column.values[int(twofold.argmax())])
    rest = column.values.filter(pa.array(~plain)).slice(0, _MOST_LOOKED_AT).to_pylist()
    for text, count in zip(rest, column.counts[~plain].tolist(), strict=False):
        if not is_marker(text, MARKERS_AMONG_NUMBERS):
            _count(evidence, text, count)
    return evidence


def _readings(text: str) -> dict[str, Written]:
    return {decimal: found for decimal in _NAMED if (found := read_number(text, decimal)) is not None}


def _count(evidence: _Evidence, text: str, rows: int) -> None:
    readings = _readings(text)
    if not readings:
        evidence.neither += rows
        return
    evidence.is_plain = False
    evidence.units |= {written.unit for written in readings.values() if written.unit}
    if len(readings) == 1:
        evidence.only[next(iter(readings))] += rows
    elif readings[","].number == readings["."].number:
        evidence.same += rows
    else:
        evidence.differ += rows
        evidence.example = evidence.example or text


def _judge(evidence: _Evidence, others: str | None) -> Spelling:
    if len(evidence.units) > 1:
        listed = quoted(sorted(evidence.units))
        return Spelling(doubt=f"its amounts are in several units, {listed}; give them in one", is_lost=True)
    if evidence.is_mixed:
        return Spelling(doubt="some of its numbers have a decimal comma and some a decimal point", is_lost=True)
    decimal = evidence.decided or (others if evidence.differ else ".")
    if decimal is None:
        low, high = (f"{_readings(evidence.example)[mark].number:.10g}" for mark in ".,")
        asked = f'"{evidence.example}" may mean {low} or {high}: say --decimal point or --decimal comma'
        return Spelling(doubt=asked, is_lost=not evidence.is_plain)
    return PLAIN if decimal == "." and evidence.is_plain else Spelling(decimal)


def lost_in_short(lost: Mapping[str, str], most: int = 7) -> str:
    """Say in one sentence which columns were lost, each with the reason; ``lost`` has one at least."""
    told = "; ".join(f"{name} ({reason})" for name, reason in islice(lost.items(), most))
    more = f"; and {len(lost) - most} more" if len(lost) > most else ""
    one = len(lost) == 1
    return (
        f"{len(lost)} column{'' if one else 's'} of numbers could not be read, so the model does without "
        f"{'it' if one else 'them'}: {told}{more}."
    )
