"""From a file to a data set that can be trained on; what was guessed and found is reported on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from churn.columns import Columns
from churn.errors import TrainingDataError
from churn.schema import Field, Schema
from training.config import TrainConfig
from training.findings import Finding, told_together
from training.look.inspect import look_at
from training.look.leaks import about_names, named_like_results
from training.measure.labels import Labels
from training.progress import Reporter
from training.table.alike import Groups
from training.table.read import data_facts, read_customers


@dataclass(frozen=True)
class Dataset:
    """n customers to learn from: ``columns`` (n), ``labels`` (n,) 0/1; ``facts`` is plain data for the manifest.

    ``groups`` (n,): rows of one group may be the same customer.
    """

    columns: Columns
    labels: Labels
    groups: Groups
    findings: Sequence[Finding]
    facts: Mapping[str, Any]

    @property
    def schema(self) -> Schema:
        """The schema of the columns."""
        return self.columns.schema


def load_dataset(config: TrainConfig, reporter: Reporter, older: Schema | None = None) -> Dataset:
    """Read the table, settle its schema, look at it, and return the customers to learn from.

    ``older`` is the schema of a bundle that the training starts from: its fields stay, whatever they look like.

    Raises:
        BadInput: the table or the schema cannot be used, or training would be meaningless; with
            ``config.strict_leaks`` also where a field is named like a result.
    """
    read = read_customers(config, reporter, older)
    pa.default_memory_pool().release_unused()  # else it keeps the memory of the raw table, which is the most by far
    split_by = [config.split_by] if config.split_by else []
    keep = (*config.keep, *split_by, *(older.by_name if older else []))
    look = look_at(read.columns, read.labels, read.ids, keep)
    findings = told_together([*read.findings, *look.findings])
    for finding in findings:
        reporter.found(finding)
    columns, labels = without(read.columns.take(look.rows), look.drop), read.labels[look.rows]
    leaks = about_names(named_like_results(columns, labels, config.label, config.keep))
    dataset = Dataset(columns, labels, look.groups, findings, data_facts(config.data, read.rows, labels))
    return tell_leaks(dataset, leaks, config, reporter)


def tell_leaks(dataset: Dataset, leaks: Sequence[Finding], config: TrainConfig, reporter: Reporter) -> Dataset:
    """Report fields that may be known only after a customer left, and return the data set with what was said.

    Raises:
        TrainingDataError: there are such fields, and ``config.strict_leaks`` asks to stop then.
    """
    if leaks and config.strict_leaks:
        raise TrainingDataError(f"{leaks[0].sentence} The training stopped, as --strict-leaks asks.")
    for finding in leaks:
        reporter.found(finding)
    return replace(dataset, findings=[*dataset.findings, *leaks])


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
