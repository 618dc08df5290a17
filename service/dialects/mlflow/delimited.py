"""Customers as CSV (RFC 4180), read row by row: no body makes more cells than its customers can have."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from churn.errors import shown
from churn.identifier import identifier_names
from churn.schema import Schema
from service.dialects.call import Question
from service.dialects.errors import wrong
from service.dialects.mlflow.document import refuse_wrong_names
from service.dialects.mlflow.growing import GrowingTable
from service.problems import Refusal
from service.served import Model

_MORE_COLUMNS = 100
_MORE_COMMAS = 10_000
"""In texts of one row."""


class _Lines:
    """The lines of a text, for csv.reader: no row of them may have more commas than ``most``."""

    def __init__(self, text: str, most: int) -> None:
        self._lines = StringIO(text, newline="")
        self._most = most
        self.commas = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.commas += line.count(",")
        if self.commas > self._most:
            raise wrong(f"A row of the CSV has more than {self._most:,} commas; this model has not so many fields")
        return line


def read_table(model: Model, body: bytes, *, has_header: bool) -> Question:
    """Read the customers of a CSV; without a header, its columns are the fields in the order of the schema.

    Raises:
        Refusal: it is no CSV, has no header where there should be one, or too many rows.
    """
    schema, limit = model.values.schema, model.values.max_records
    most = 2 * (len(schema.fields) + len(schema.ignored)) + _MORE_COLUMNS
    lines = _Lines(_text(body), most + _MORE_COMMAS)
    names = None if has_header else [field.name for field in schema.fields]
    table = None if names is None else GrowingTable(schema, names)
    for number, cells in _numbered(lines):
        if table is None:
            _judge_header(cells, schema, most)
            table = GrowingTable(schema, cells)
            continue
        if not cells and table.width > 1:
            continue  # an empty line
        if len(cells or [""]) != table.width:
            raise wrong(f"Row {number} of the CSV has {len(cells):,} cells, but there are {table.width:,} columns")
        if table.count == limit:
            raise too_many(limit)
        table.add(cells or [""])
    if table is None:
        raise wrong("The CSV is empty; its first row is a header with the names of the fields")
    return Question(table.count, table.columns())


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong(f"The CSV is not UTF-8: byte {error.start} is 0x{body[error.start]:02x}") from None
    if "\0" in text:
        raise wrong("The CSV holds the character NUL, which no text has")
    return text


def _numbered(lines: _Lines) -> Iterator[tuple[int, list[str]]]:
    """Yield each row, numbered from 1.

    Raises:
        Refusal: the quotes of one do not pair up, or a cell is too long.
    """
    rows = csv.reader(lines, strict=True)
    number = 0
    while True:
        number += 1
        lines.commas = 0
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise wrong(
                f"Row {number} of the CSV cannot be read: {error}. A cell with a comma, a quote or a line break stands "
                'in quotes, and a quote in it is doubled: "like ""this"""'
            ) from None
        if cells is None:
            return
        yield number, cells


def _judge_header(names: list[str], schema: Schema, most: int) -> None:
    if not {*schema.by_name, *identifier_names(schema)}.intersection(names):
        raise wrong(
            f"The first row of the CSV begins with {shown(next(iter(names), ''))} and names no field of this model; "
            "send the names first, or as Content-Type text/csv; header=absent, and the values in the order of /schema"
        )
    if len(names) > most:
        raise wrong(f"The CSV has {len(names):,} columns; this model has {len(schema.fields):,} fields")
    refuse_wrong_names(names)


def too_many(limit: int) -> Refusal:
    """Return the refusal of more than ``limit`` customers."""
    sentence = f"The request has more; the limit is {limit:,} records. Split them over several requests."
    return Refusal("too-large", sentence)
