"""Which columns of a table of customers stand before its answers, and whether a file of answers can hold them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa

from churn.errors import BadInput
from churn.tables.reading import BatchReader
from churn.tables.rows import listed
from churn.tables.writing import can_hold

ALL, NONE = "all", "none"
"""What may be asked for instead of names."""


def kept_columns(reader: BatchReader, keep: Sequence[str] | None, taken: Collection[str], out: Path) -> pa.Schema:
    """Return the names and types of the columns to keep, in the order of the table.

    ``keep`` is as ``churn-score --keep`` has it, each time that it is given; with None the identifier is kept, and
    where the table has none all columns but those that are named as one of the answers' columns, ``taken``.

    Raises:
        BadInput: a column is not there, is named as one of the answers', or is of a type that ``out`` cannot hold.
    """
    names = _usual(reader, taken) if keep is None else _chosen(reader.names, keep)
    for name in names:
        if name in taken:
            raise BadInput(_clash(name, reader.identifier))
    kept = reader.types(names)
    for field in kept:
        if not can_hold(out, field.type):
            raise BadInput(
                f"The column {field.name!r} is of the type {field.type}, which a {out.suffix} file cannot hold; "
                "name the columns to keep without it, such as --keep none."
            )
    return kept


def left_out_note(reader: BatchReader, taken: Collection[str]) -> str | None:
    """Say which columns are not kept though the table has no identifier and nobody chose; None where all are."""
    clashing = [name for name in reader.names if name in taken]
    if reader.identifier is not None or not clashing:
        return None
    return f"Not kept, for columns of the answers have the same names: {listed(clashing)}."


def _usual(reader: BatchReader, taken: Collection[str]) -> list[str]:
    if reader.identifier is not None:
        return [reader.identifier]
    return [name for name in reader.names if name not in taken]


def _chosen(names: Sequence[str], keep: Sequence[str]) -> list[str]:
    """Return the names that are asked for; what is a name as a whole is not split at its commas."""
    if list(keep) == [ALL]:
        return list(names)
    if list(keep) == [NONE]:
        return []
    asked = [name.strip() for given in keep for name in ([given] if given.strip() in names else given.split(","))]
    absent = [name for name in dict.fromkeys(asked) if name not in names]
    if absent:
        raise BadInput(
            f"--keep names the column(s) {listed(absent)}, which the table does not have. It has {listed(names)}."
        )
    return [name for name in names if name in asked]


def _clash(name: str, identifier: str | None) -> str:
    if name == identifier:
        return (
            f"The identifiers are in a column named {name!r}, as a column of the answers is; "
            "give it another name in the table and in the schema, or leave it out with --keep."
        )
    return (
        f"The column {name!r} cannot be kept, for a column of the answers has the same name; "
        "give it another name in the table, or leave it out with --keep."
    )
