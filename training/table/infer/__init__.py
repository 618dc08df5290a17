"""From a table to a schema: what each column is, guessed from its values, with the reason in plain words.

Nothing here knows a column by its name. ``rules`` holds the rules, in order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import pyarrow as pa

from churn.errors import TrainingDataError
from churn.identifier import CUSTOMER_ID
from churn.schema import Field, Level, Schema
from training.findings import Finding
from training.table.infer.label import ResolvedLabel, require_columns, require_names, resolve_label
from training.table.infer.profile import profile
from training.table.infer.rules import Verdict, understand
from training.table.infer.spelling import PLAIN, Spelling, lost_in_short, spellings

__all__ = ["Guess", "Inference", "ResolvedLabel", "infer_schema", "require_columns", "require_names", "resolve_label"]

Role = Literal["feature", "identifier", "label", "ignored"]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column was taken for, and why."""

    column: str
    role: Role
    kind: str | None
    reason: str


@dataclass(frozen=True)
class Inference:
    """A schema, for each column of the table, in its order, the guess that led to it, and what is worth a warning."""

    schema: Schema
    guesses: list[Guess]
    findings: list[Finding] = field(default_factory=list)


def infer_schema(
    table: pa.Table,
    label: str | ResolvedLabel,
    positive: Level | None = None,
    as_of: date | None = None,
    keep: Collection[str] = (),
    drop: Collection[str] = (),
    decimal: str | None = None,
) -> Inference:
    """Infer the schema of a table of customers.

    Args:
        table: n rows; cells as text (CSV) or in native types (Parquet).
        label: the column that says who left, or what ``resolve_label`` made of it.
        positive: its value that means leaving; None to find out.
        as_of: the day to which dates become durations; None for the latest day in the table.
        keep: columns that stay features although they look like identifiers, are rare or constant.
        drop: columns to leave out.
        decimal: the mark before the decimals, "," or ".", where the cells can be read in two ways; None to find out.

    Raises:
        TrainingDataError: a named column is not there, the label is unusable, or no feature is left.
    """
    if table.num_rows == 0:
        raise TrainingDataError("The table has no rows; there is nothing to learn from.")
    require_columns(table, keep, "which was to be kept")
    require_columns(table, drop, "which was to be dropped")
    resolved = label if isinstance(label, ResolvedLabel) else resolve_label(table, label, positive)
    label = resolved.label.name
    written = spellings(table.drop_columns([label, *drop]), decimal)
    found = {
        name: Verdict("left out as asked")
        if name in drop
        else understand(profile(name, table.column(name)), keep=name in keep, spelling=written.get(name, PLAIN))
        for name in table.column_names
        if name != label
    }
    identifier = _identifier(found)
    found = {name: _not_reserved(name, verdict) for name, verdict in found.items()}
    as_of = as_of or _latest_day(found)
    fields = {name: _dated(f.field, f.days, as_of) for name, f in found.items() if f.field is not None}
    if not fields:
        raise TrainingDataError(
            f"No column is left to learn from: {_why_not(found)}. Use --keep to keep one all the same."
        )
    guesses = [
        Guess(label, "label", None, f"the label; {resolved.label.positive!r} means that the customer left")
        if name == label
        else _guess(name, found[name], identifier, as_of)
        for name in table.column_names
    ]
    ignored = tuple((guess.column, guess.reason) for guess in guesses if guess.role == "ignored")
    schema = Schema(tuple(fields.values()), identifier, resolved.label, ignored, as_of)
    return Inference(schema, guesses, _warnings(found, written))


def _warnings(found: Mapping[str, Verdict], written: Mapping[str, Spelling]) -> list[Finding]:
    """Warn of numbers that could not be read, or perhaps not rightly."""
    lost = {name: verdict.reason for name, verdict in found.items() if verdict.lost}
    findings = [Finding("warning", None, lost_in_short(lost), in_short=True)] if lost else []
    for name, spelling in written.items():
        if spelling.doubt and found[name].field is not None:
            findings.append(Finding("warning", name, f"Its numbers are taken as they stand: {spelling.doubt}."))
    return findings


def _identifier(found: Mapping[str, Verdict]) -> str | None:
    """Choose among the columns that identify: never repeated before nearly so, then the first in the table."""
    candidates = [(verdict.identifies, name) for name, verdict in found.items() if verdict.identifies is not None]
    return max(candidates, key=lambda item: item[0])[1] if candidates else None


def _not_reserved(name: str, verdict: Verdict) -> Verdict:
    if name != CUSTOMER_ID or verdict.field is None:
        return verdict
    return Verdict(f"the name {CUSTOMER_ID} is reserved for the identifier of a record")


def _latest_day(found: Mapping[str, Verdict]) -> date | None:
    return max((verdict.days[1] for verdict in found.values() if verdict.days and verdict.field), default=None)


def _dated(field: Field, days: tuple[date, date] | None, as_of: date | None) -> Field:
    """Give a date its training range, in days before ``as_of``."""
    if days is None or as_of is None:
        return field
    first, last = days
    return replace(field, training_range=(float((as_of - last).days), float((as_of - first).days)))


def _why_not(found: Mapping[str, Verdict]) -> str:
    return (
        "; ".join(f"{name}: {verdict.reason}" for name, verdict in list(found.items())[:10])
        or "there is only the label"
    )


def _guess(name: str, verdict: Verdict, identifier: str | None, as_of: date | None) -> Guess:
    if name == identifier:
        return Guess(name, "identifier", None, verdict.reason)
    if verdict.field is None:
        also = "an identifier, as the chosen one is: " if verdict.identifies else ""
        return Guess(name, "ignored", None, f"{also}{verdict.reason}")
    counted = f"; counted as days before {as_of}" if verdict.days else ""
    return Guess(name, "feature", verdict.field.kind, f"{verdict.reason}{counted}")
