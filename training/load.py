"""From a file to a data set that may be trained on, saying on the way what was guessed and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from churn.columns import Columns
from churn.errors import BadInput, TrainingDataError
from churn.schema import Field, Schema
from churn.tables import RawTable, read_table, to_columns
from training.config import TrainConfig
from training.data import Dataset, data_facts
from training.infer import Inference, infer_schema, require_columns, resolve_label
from training.inherit import inherited_schema
from training.inspect import Finding, look_at, look_at_problems
from training.metrics import Labels
from training.progress import Reporter
from training.schema_file import load_schema, print_guesses, render_schema, save_schema, schema_path
from training.split import some

MOST_ROWS = 250_000
"""Of a larger table so many customers are drawn. With 200,000 to learn from the members of a bag see other rows each
(``teacher.MOST_MEMBER_ROWS``), and 50,000 test as exactly as anybody needs."""


def load_dataset(config: TrainConfig, reporter: Reporter, older: Schema | None = None) -> Dataset:
    """Read the table, settle its schema, look at it, and return the customers to learn from.

    ``older`` is the schema of a bundle that the training starts from: its fields stay, whatever they look like.

    Raises:
        BadInput: the table or the schema cannot be used, or training would be meaningless.
    """
    read = _read(config, reporter, older)
    pa.default_memory_pool().release_unused()  # else it keeps the memory of the raw table, which is the most by far
    split_by = [config.split_by] if config.split_by else []
    keep = (*config.keep, *split_by, *(older.by_name if older else []))
    look = look_at(read.columns, read.labels, read.ids, keep)
    findings = [*read.findings, *look.findings]
    for finding in findings:
        reporter.found(finding)
    columns, labels = without(read.columns.take(look.rows), look.drop), read.labels[look.rows]
    return Dataset(columns, labels, look.groups, findings, data_facts(config.data, read.rows, labels))


@dataclass(frozen=True)
class _Read:
    """What ``rows`` of a file hold: n customers by the schema, labels (n,) 0/1, identifiers (n,), what there is to say.

    The raw table is gone by then: it takes more memory than all the rest.
    """

    columns: Columns
    labels: Labels
    ids: list[str | None] | None
    findings: list[Finding]
    rows: int


def _read(config: TrainConfig, reporter: Reporter, older: Schema | None) -> _Read:
    raw = read_table(config.data, config.delimiter)
    if older is not None:
        schema = _inherited(config, raw, older, reporter)
    else:
        schema = _given_schema(config, raw) if config.schema else _inferred_schema(config, raw, reporter)
    label = resolve_label(raw.table, config.label, config.positive)
    parsed = to_columns(raw.table, schema, lines=raw.lines)
    findings = [Finding("info", None, note) for note in (*raw.notes, *label.notes)]
    findings += look_at_problems(parsed.problems, parsed.good)
    known = label.known[parsed.good]
    if not known.any():
        raise TrainingDataError(f"No row of {config.data} has both a value in {config.label!r} and readable fields.")
    rows = some(np.flatnonzero(known), MOST_ROWS, np.random.default_rng(config.seed))
    if len(rows) < known.sum():
        sentence = f"Of {known.sum():,} customers {len(rows):,} are drawn, for time and memory."
        findings.append(Finding("info", None, sentence))
    columns, labels = parsed.columns.take(rows), label.values[parsed.good][rows]
    every = parsed.ids
    ids = None if every is None else [every[row] for row in np.flatnonzero(parsed.good)[rows]]
    return _Read(columns, labels, ids, findings, raw.table.num_rows)


def _given_schema(config: TrainConfig, raw: RawTable) -> Schema:
    """Read the schema that the user gave, and hold it against the label and the options."""
    schema = load_schema(config.schema or Path())
    require_columns(raw.table, config.drop, "which was to be dropped")
    label = resolve_label(raw.table, config.label, config.positive).label
    if config.label in schema.by_name:
        raise BadInput(f"{config.schema} has {config.label!r}, the label, among its fields; take it out there.")
    kept = [field for field in schema.fields if field.name not in config.drop]
    if not kept:
        raise BadInput("--drop leaves no field to learn from.")
    ignored = {**dict(schema.ignored), **dict.fromkeys(config.drop, "left out as asked")}
    return replace(
        schema,
        fields=tuple(kept),
        label=label,
        ignored=tuple(ignored.items()),
        as_of=config.as_of or schema.as_of,
    )


def _inferred_schema(config: TrainConfig, raw: RawTable, reporter: Reporter) -> Schema:
    inference = infer_schema(raw.table, config.label, config.positive, config.as_of, config.keep, config.drop)
    reporter.say("What the columns were taken for:")
    print_guesses(inference)
    _keep_schema(config, inference, reporter)
    return inference.schema


def _inherited(config: TrainConfig, raw: RawTable, older: Schema, reporter: Reporter) -> Schema:
    """Take over the schema of an older bundle, with the levels that the newer table adds."""
    require_columns(raw.table, [field.name for field in older.fields], "which the bundle to start from was trained on")
    keep = [*config.keep, *older.by_name]
    inferred = infer_schema(raw.table, config.label, config.positive, config.as_of, keep).schema
    schema = inherited_schema(older, inferred)
    for field in schema.categories:
        added = [str(level) for level in field.levels if level not in older.by_name[field.name].levels]
        if added:
            reporter.say(f"{field.name}: {len(added)} new levels: {', '.join(added[:10])}.")
    return schema


def _keep_schema(config: TrainConfig, inference: Inference, reporter: Reporter) -> None:
    """Save the schema beside the data (beside the bundle where that cannot be written), over nobody's edits."""
    path = schema_path(config.data)
    text = render_schema(inference, str(config.data), path.name)
    if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
        reporter.say(
            f"{path} is there and differs from this guess; it was left as it is and is not used. "
            f"To train with it: --schema {path}. To have the guess written, move it away."
        )
        return
    try:
        save_schema(path, inference, str(config.data))
    except BadInput:
        path = config.out.parent / path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_schema(path, inference, str(config.data))
    reporter.say(f"Saved as {path}. Where a guess is wrong, edit it there and train with --schema {path}.")


def without(columns: Columns, drop: Mapping[str, str]) -> Columns:
    """Return n customers without the named fields, which the schema then lists as ignored, each with its reason."""
    if not drop:
        return columns
    schema = columns.schema

    def kept(fields: tuple[Field, ...]) -> list[int]:
        return [j for j, field in enumerate(fields) if field.name not in drop]

    smaller = replace(
        schema,
        fields=tuple(field for field in schema.fields if field.name not in drop),
        ignored=(*schema.ignored, *drop.items()),
    )
    numbers, codes = columns.numbers[:, kept(schema.numbers)], columns.codes[:, kept(schema.categories)]
    return Columns(smaller, numbers, codes)
