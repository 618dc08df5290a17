"""Which schema a table is read by: that of an older bundle, the one that the user gives, or an inferred one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from churn.errors import BadInput
from churn.schema import Schema
from churn.tables import RawTable
from training.config import TrainConfig
from training.findings import Finding
from training.progress import Reporter
from training.table.infer import Inference, ResolvedLabel, infer_schema, require_columns, resolve_label
from training.table.inherit import inherited_schema
from training.table.schema_file import load_schema, print_guesses, render_schema, save_schema, schema_path


def resolved_label(config: TrainConfig, raw: RawTable) -> ResolvedLabel:
    """Return the label of a table's rows, (n,), by all that the options say of it.

    Raises:
        TrainingDataError: as ``resolve_label`` does.
    """
    return resolve_label(raw.table, config.label, config.positive, config.drop_label, config.drop_label_if_there)


def settle_schema(
    config: TrainConfig, raw: RawTable, reporter: Reporter, older: Schema | None
) -> tuple[Schema, list[Finding]]:
    """Return the schema of a table, and what is worth a warning where it was guessed.

    ``older`` is the schema of a bundle which the training starts from.

    Raises:
        BadInput: the schema cannot be used, or does not go with the table and the options.
    """
    if older is not None:
        return _inherited_schema(config, raw, older, reporter), []
    return (_given_schema(config, raw), []) if config.schema else _inferred_schema(config, raw, reporter)


def _given_schema(config: TrainConfig, raw: RawTable) -> Schema:
    """Read the schema that the user gave, and hold it against the label and the options."""
    schema = load_schema(config.schema or Path())
    require_columns(raw.table, config.drop, "which was to be dropped")
    label = resolved_label(config, raw).label
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


def _inferred_schema(config: TrainConfig, raw: RawTable, reporter: Reporter) -> tuple[Schema, list[Finding]]:
    label = resolved_label(config, raw)
    inference = infer_schema(raw.table, label, None, config.as_of, config.keep, config.drop, config.decimal)
    reporter.say("What the columns were taken for:")
    print_guesses(inference)
    _keep_schema(config, inference, reporter)
    return inference.schema, inference.findings


def _inherited_schema(config: TrainConfig, raw: RawTable, older: Schema, reporter: Reporter) -> Schema:
    """Take over the schema of an older bundle, with the levels that the newer table adds."""
    require_columns(raw.table, [field.name for field in older.fields], "which the bundle to start from was trained on")
    keep = [*config.keep, *older.by_name]
    label = resolved_label(config, raw)
    inferred = infer_schema(raw.table, label, None, config.as_of, keep).schema
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
