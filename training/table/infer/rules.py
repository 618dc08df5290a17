"""The rules: what one column is, and why. Each rule looks at values; a name may only support one.

In order: a type that cannot be used, nothing in it, one value, true/false, dates, clock times, numbers, texts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from churn.kinds.spelling import read_number
from churn.schema import Field, Level
from training.numerals import rounded
from training.table.infer.days import DayColumn, day_column, time_column
from training.table.infer.profile import Profile, category_markers, mask, quoted
from training.table.infer.quantities import Quantity, code_reason, is_other_spelling, quantity, unread
from training.table.infer.spelling import PLAIN, Spelling
from training.table.names import named_like_code, words

MOST_LEVELS = 50_000
_FEW_LEVELS = 20
_ROWS_PER_LEVEL = 20
_FEWEST_FOR_IDENTIFIER = 20
_NEARLY = 0.95
_ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "key", "identifier"})
_BLANK = " "
"""What is kept of blank cells among numbers: with it the schema tells that the column was written as text."""


@dataclass(frozen=True)
class Verdict:
    """What a column is. ``field`` only for a feature (dates without range: ``days`` is the first and last day).

    ``identifies`` orders the columns that may be the identifier, the highest first; None for all others. ``lost`` says
    that the column holds numbers which could not be read.
    """

    reason: str
    field: Field | None = None
    days: tuple[date, date] | None = None
    identifies: tuple[bool, bool, bool] | None = None
    lost: bool = False


def understand(column: Profile, *, keep: bool = False, spelling: Spelling = PLAIN) -> Verdict:
    """Say what a column is; with ``keep`` it becomes a feature wherever it can be one.

    ``spelling`` is how its numbers are written, if it holds numbers.
    """
    verdict = _understand(replace(column, decimal=spelling.decimal), keep=keep)
    if spelling.is_lost and (verdict.field is None or verdict.field.is_category) and not _few_enough(column):
        return Verdict(f"numbers that cannot be read: {spelling.doubt}", lost=True)
    if spelling.doubt and verdict.field is not None and not verdict.field.is_category:
        return replace(verdict, reason=f"{verdict.reason}; {spelling.doubt}")
    return verdict


def _understand(column: Profile, *, keep: bool) -> Verdict:
    if column.family == "other":
        return Verdict(f"it holds {column.cells.type}, not one plain value a row")
    if column.known == 0:
        return Verdict("every cell is empty")
    for rule in (_booleans, _days, _times, _numbers):
        if verdict := rule(column, keep=keep):
            return verdict
    return _texts(column, keep=keep)


def _aside(column: Profile, markers: tuple[str, ...] = (), sentinels: tuple[float, ...] = (), wrong: int = 0) -> str:
    """Say what stands among the values: markers, sentinels, empty and wrong cells."""
    parts = []
    if markers:
        parts.append(f"{quoted(markers)} taken as missing")
    if sentinels:
        listed = " and ".join(f"{value:.10g}" for value in sentinels)
        why = "the only negative one" if list(sentinels) == [-1.0] else "far from the rest"
        parts.append(f"{listed} taken as missing: repeated and {why}")
    if column.missing:
        parts.append(f"{column.missing:,} empty")
    if wrong:
        parts.append(f"{wrong:,} cannot be read")
    return "".join(f"; {part}" for part in parts)


def _constant(column: Profile, distinct: int, *, keep: bool) -> Verdict | None:
    """Refuse a column with one value; where cells are missing too, having the value may still tell something."""
    if distinct > 1 or keep:
        return None
    return Verdict(
        "every cell that is not empty has the same value" if column.missing else "every row has the same value"
    )


def _booleans(column: Profile, *, keep: bool) -> Verdict | None:
    if column.family != "bool":
        return None
    levels = tuple(sorted(column.values.to_pylist()))
    field = _category(column, levels, nullable=column.missing > 0)
    return _constant(column, column.distinct, keep=keep) or Verdict(f"true or false{_aside(column)}", field)


def _days(column: Profile, *, keep: bool) -> Verdict | None:
    found = day_column(column)
    if found is None:
        return None
    return _constant(column, len(found.days), keep=keep) or _day_verdict(column, found)


def _day_verdict(column: Profile, found: DayColumn) -> Verdict:
    first, last = found.span
    form = found.date_format.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD")
    said = f"dates written {form}, {first} to {last}{_aside(column, found.markers, wrong=found.wrong)}"
    field = Field(
        column.name,
        "date",
        nullable=bool(column.missing or found.markers),
        missing_markers=found.markers,
        description="A day; the model sees how many days it lies before as_of.",
        example=found.example,
        date_format=found.date_format,
    )
    return Verdict(f"{said}; {found.note}" if found.note else said, field, days=(first, last))


def _times(column: Profile, *, keep: bool) -> Verdict | None:
    found = time_column(column)
    if found is None:
        return None
    field = _number_field(column, "time", found.markers, found.example, (found.hours.min(), found.hours.max()))
    said = f"clock times, such as {found.example}{_aside(column, found.markers, wrong=found.wrong)}"
    return _constant(column, len(found.hours), keep=keep) or Verdict(said, field)


def _number_field(
    column: Profile, kind: str, markers: tuple[str, ...], example: str | float, span: tuple[float, float]
) -> Field:
    description = {"time": "A clock time.", "integer": "A whole number.", "number": "A number."}[kind]
    return Field(
        column.name,
        kind,
        nullable=bool(column.missing or markers),
        missing_markers=markers,
        training_range=(float(span[0]), float(span[1])),
        description=description,
        example=example,
    )


def _numbers(column: Profile, *, keep: bool) -> Verdict | None:
    found = quantity(column)
    if found is None:
        return Verdict("no number in it is finite") if column.family == "number" else None
    return _number_verdict(column, found, keep=keep)


def _number_verdict(column: Profile, found: Quantity, *, keep: bool) -> Verdict:
    aside = _aside(column, found.markers, found.sentinels, found.wrong)
    if len(found.values) == 1 and not (keep or (column.missing and found.whole)):
        return Verdict(f"the only number is {found.values[0]:.10g}{aside}")
    if found.whole:
        if not keep and (reason := _identifying_number(column, found)):
            return reason
        if reason_text := code_reason(found, named_code=named_like_code(column.name)):
            return _codes(column, found, f"{reason_text}{aside}")
    kind = "integer" if found.whole and not found.pointed else "number"
    span = (found.values[0], found.values[-1])
    example = int(found.median) if kind == "integer" else found.median
    markers = (*found.markers, _BLANK) if column.has_blanks else found.markers
    field = _number_field(column, kind, markers, example, span)
    sentinels = tuple(int(v) if v.is_integer() else v for v in found.sentinels)
    field = replace(
        field, sentinels=sentinels, nullable=field.nullable or bool(sentinels), decimal=column.decimal, unit=found.unit
    )
    written = " written as text" if markers else _spelled(column, found)
    noun = "whole numbers" if kind == "integer" else "numbers"
    return Verdict(f"{noun}{written}, {rounded(span[0])} to {rounded(span[1])}{aside}", field)


def _spelled(column: Profile, found: Quantity) -> str:
    """Say how numbers are written that are no plain numerals."""
    if column.decimal is None:
        return ""
    unit = f", in {found.unit}" if found.unit else ""
    return f" written as {quoted([_longest(column)])}{unit}"


def _longest(column: Profile) -> str:
    """Return the cell that shows most of a spelling."""
    texts: list[str] = [text for text in column.values.to_pylist() if read_number(text, column.decimal or ".")]
    return max(texts, key=len)


def _codes(column: Profile, found: Quantity, reason: str) -> Verdict:
    levels = tuple(int(value) for value in found.values)
    missing = bool(column.missing or found.markers or found.sentinels)
    field = _category(
        column, levels, nullable=missing, markers=found.markers, example=int(found.values[found.counts.argmax()])
    )
    return Verdict(reason, replace(field, sentinels=tuple(int(value) for value in found.sentinels)))


def _identifying_number(column: Profile, found: Quantity) -> Verdict | None:
    """Recognise whole numbers that name customers, by how rarely they repeat for the range they lie in."""
    known, distinct, values = found.known, len(found.values), found.values
    repeats, named = known - distinct, bool(_ID_WORDS.intersection(words(column.name)))
    if known < _FEWEST_FOR_IDENTIFIER or known < 0.5 * column.rows:
        return None
    nearly, span = distinct >= _NEARLY * known, values[-1] - values[0] + 1
    by_chance = known + span * np.expm1(-known / span)  # how often numbers drawn from the range would repeat
    running = not repeats and _ascending(column)
    same_width = values[0] >= 1e6 and len(str(int(values[0]))) == len(str(int(values[-1])))
    if running:
        reason = "a running number: larger from row to row"
    elif nearly and by_chance >= 10 and repeats <= 0.05 * by_chance:
        reason = f"{distinct:,} different whole numbers in {known:,} rows; quantities in their range would repeat"
    elif nearly and same_width:
        reason = "nearly every row has another long whole number of the same length"
    elif named and distinct >= 0.5 * known:
        reason = f"{distinct:,} different whole numbers in {known:,} rows, and named like an identifier"
    else:
        return None
    return Verdict(reason, identifies=_rank(column, distinct, named=named, running=running))


def _ascending(column: Profile) -> bool:
    if column.missing:
        return False
    if column.decimal is not None:
        written = [read_number(text, column.decimal) for text in column.cells.to_pylist()]
        return all(one and other and one.number < other.number for one, other in pairwise(written))
    cells = column.cells.cast(pa.float64()) if column.family == "text" else column.cells
    return bool((np.diff(cells.to_numpy()) > 0).all())


def _rank(column: Profile, distinct: int, *, named: bool, running: bool) -> tuple[bool, bool, bool] | None:
    """Say how well the column identifies: never repeated, no mere running number, named like one."""
    if distinct < _NEARLY * column.rows:
        return None
    return (distinct == column.rows, not running, named)


def _texts(column: Profile, *, keep: bool) -> Verdict:
    markers = category_markers(column)
    column = column.without(markers)
    if column.known == 0:
        return Verdict(f"every cell is empty or {quoted(markers)}")
    aside = _aside(replace(column, missing=0), markers)
    repeats = _few_enough(column)
    if not repeats and is_other_spelling(column):
        shown = f'numbers in a spelling that is not read, such as "{unread(column)}"'
        return Verdict(f"{shown}; write them like 1234.5{aside}", lost=True)
    if not keep and (verdict := _identifying_text(column, aside)):
        return verdict
    enough = column.distinct > 1 or column.missing >= 0.01 * column.rows or keep
    if not enough:
        return Verdict(f"every row has the same value{aside}")
    if not repeats and not (keep and column.distinct <= MOST_LEVELS):
        return Verdict(_too_many(column, aside))
    return _text_category(column, markers, aside)


def _identifying_text(column: Profile, aside: str) -> Verdict | None:
    known, distinct = column.known, column.distinct
    named = bool(_ID_WORDS.intersection(words(column.name)))
    if known < _FEWEST_FOR_IDENTIFIER or distinct < (0.5 if named else _NEARLY) * known:
        return None
    spaced = column.counts[mask(pc.match_substring_regex(column.values, r"\s"))].sum()
    if spaced > 0.05 * known:
        return Verdict(f"free text: {distinct:,} different texts in {known:,} rows{aside}")
    also = ", and named like an identifier" if distinct < _NEARLY * known else ""
    reason = (
        "another text in every row" if distinct == known else f"{distinct:,} different texts in {known:,} rows{also}"
    )
    return Verdict(f"{reason}{aside}", identifies=_rank(column, distinct, named=named, running=False))


def _few_enough(column: Profile) -> bool:
    """Say whether there is something to learn about the levels: few of them, or most rows in repeated ones."""
    if column.distinct <= _FEW_LEVELS and (column.distinct <= 2 or 2 * column.distinct <= column.known):
        return True
    in_repeated = column.counts[column.counts >= _ROWS_PER_LEVEL].sum()
    return bool(column.distinct <= MOST_LEVELS and in_repeated >= 0.5 * column.known)


def _too_many(column: Profile, aside: str) -> str:
    if column.distinct > MOST_LEVELS:
        return f"{column.distinct:,} different texts; a category may have {MOST_LEVELS:,}{aside}"
    rare = f"most in fewer than {_ROWS_PER_LEVEL} rows each: too rare to learn from"
    return f"{column.distinct:,} different texts, {rare}{aside}"


def _text_category(column: Profile, markers: tuple[str, ...], aside: str) -> Verdict:
    texts = column.values.to_pylist()
    typed, reason = _typed(texts)
    missing = f"; {column.missing:,} empty" if column.missing and not markers else ""
    rows: Counter[Level] = Counter()
    for level, count in zip(typed, column.counts.tolist(), strict=True):
        rows[level] += count
    levels = tuple(sorted(rows))
    field = _category(column, levels, nullable=column.missing > 0, markers=markers, example=rows.most_common(1)[0][0])
    return Verdict(f"{reason}{aside}{missing}", field)


def _typed(texts: list[str]) -> tuple[list[Level], str]:
    lower = {text.lower() for text in texts}
    if lower == {"true", "false"}:
        return [text.lower() == "true" for text in texts], "true or false"
    if lower <= {"yes", "no", "y", "n"} and len(lower) == 2:
        return list(texts), "yes or no"
    if len(texts) == 1:
        return list(texts), f"{quoted(texts)} or nothing"
    return list(texts), f"{len(texts):,} texts that repeat: {_some(sorted(texts))}"


def _some(texts: list[str], most: int = 4) -> str:
    cut = [text if len(text) <= 30 else f"{text[:29]}…" for text in texts[:most]]
    return ", ".join(cut) + (", …" if len(texts) > most else "")


def _category(
    column: Profile,
    levels: tuple[Level, ...],
    *,
    nullable: bool,
    markers: tuple[str, ...] = (),
    example: Level | None = None,
) -> Field:
    if example is None:
        example = column.values[int(column.counts.argmax())].as_py()
    description = {bool: "True or false.", int: "A code."}.get(type(levels[0]), f"One of {len(levels):,} levels.")
    if {str(level).lower() for level in levels} == {"yes", "no"}:
        description = "Yes or no."
    return Field(
        column.name,
        "category",
        nullable=nullable,
        levels=levels,
        missing_markers=markers,
        description=description,
        example=example,
    )
