"""Files as batches of rows, whatever their format: one class each for CSV, Parquet and Arrow IPC."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from churn.errors import TableError, shown
from churn.tables.rows import Lines
from churn.tables.text import Block, NotPlainError, cut_blocks, find_dialect

BATCH_ROWS = 65_536
CSV_SUFFIXES = (".csv", ".tsv", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
ARROW_SUFFIXES = (".arrow", ".feather", ".ipc", ".arrows")
_MOST_DECIMALS = 76
_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
_SUFFIXES = (*CSV_SUFFIXES, *PARQUET_SUFFIXES, *ARROW_SUFFIXES)


@dataclass(frozen=True, slots=True)
class RawRows:
    """n rows as the file has them.

    ``lines`` (n,) are the lines of a text file on which they begin; ``malformed`` says which rows (from 0)
    could not be cut into cells, and what was there: their cells are null.
    """

    table: pa.Table
    lines: Lines | None = None
    malformed: Mapping[int, str] = field(default_factory=dict)

    def pieces(self, most: int) -> Iterator[RawRows]:
        """Cut into pieces of at most ``most`` rows."""
        for start in range(0, self.table.num_rows, most):
            stop = start + most
            lines = None if self.lines is None else self.lines[start:stop]
            malformed = {row - start: what for row, what in self.malformed.items() if start <= row < stop}
            yield RawRows(self.table.slice(start, most), lines, malformed)


class Source(Protocol):
    """A file of rows: the names and types of its columns, what is worth saying about it, and its rows in batches."""

    names: list[str]
    types: list[pa.DataType]
    notes: list[str]

    def batches(self, columns: Sequence[str]) -> Iterator[RawRows]:
        """Give the rows, with these columns only.

        Raises:
            TableError: the file is damaged.
        """
        ...

    def done(self) -> float:
        """Return the share of the file that was read, 0 to 1."""
        ...


def open_source(path: Path, delimiter: str | None = None) -> Source:
    """Open a file by its suffix.

    Raises:
        TableError: it is missing, of another format, or no table.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        raise TableError(f"{path} is a folder; give one file (a table's name ends in one of {', '.join(_SUFFIXES)}).")
    if suffix in _SPREADSHEETS:
        raise TableError(
            f"{path} is a spreadsheet, which is not read; save its sheet as CSV (File, Save as, CSV UTF-8), and give "
            "that."
        )
    if suffix not in _SUFFIXES:
        raise TableError(f"{path} ends in {shown(suffix)}; a table's name ends in one of {', '.join(_SUFFIXES)}.")
    if not path.is_file():
        raise TableError(f"There is no file {path}.")
    try:
        source = _opened(path, suffix, delimiter)
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.") from None
    _check_names(path, source.names)
    return source


def _opened(path: Path, suffix: str, delimiter: str | None) -> Source:
    if suffix in CSV_SUFFIXES:
        return CsvSource(path, delimiter)
    return ParquetSource(path) if suffix in PARQUET_SUFFIXES else ArrowSource(path)


def _check_names(path: Path, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        listed = ", ".join(repr(name) for name in twice)
        raise TableError(f"{path} has more than one column of the name {listed}; each name may stand once.")


# --- CSV -------------------------------------------------------------------------------------------


class CsvSource:
    """A CSV file; every cell is text, untouched.

    Arrow's reader cuts the cells, and tells of rows with too few or too many. What it cannot do is get over a quote
    that nobody closes: it takes all that follows for one cell, and says nothing. Everything after quotes that do
    not pair up goes through Python's reader, which is slower and loses that line only.
    """

    def __init__(self, path: Path, delimiter: str | None = None) -> None:
        """Find out how the file is written and read its header."""
        dialect = find_dialect(path, delimiter)
        self._path = path
        self._encoding = dialect.encoding
        self._delimiter = dialect.delimiter
        self._size_bytes = path.stat().st_size
        self._done_bytes = 0
        self.notes: list[str] = list(dialect.notes)
        with self._open() as stream:
            self.names, _ = self._header(stream)
        self.types: list[pa.DataType] = [pa.string()] * len(self.names)

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._encoding)  # universal newlines: only \n arrives

    def _header(self, stream: TextIO) -> tuple[list[str], int]:
        """Return the stripped names and how many lines were read for them."""
        reader = csv.reader(stream, delimiter=self._delimiter)
        try:
            names = next((record for record in reader if record), [])
        except csv.Error as error:
            raise TableError(f"{self._path} has no line of column names that can be read ({error}).") from None
        return [name.strip() for name in names], reader.line_num

    def batches(self, columns: Sequence[str]) -> Iterator[RawRows]:
        """Give the rows, with these columns only."""
        with self._open() as stream:
            _, header_lines = self._header(stream)
            try:
                for block in cut_blocks(stream, self._delimiter, header_lines + 1):
                    self._done_bytes = _position(stream)
                    yield self._parse(block, columns)
            except NotPlainError as found:
                text = found.data.decode() + stream.readline()  # the data may end within a line
                yield from self._parse_slowly(chain(StringIO(text), stream), found.line, columns, stream)

    def done(self) -> float:
        """Return the share of the bytes that were read."""
        return min(self._done_bytes / self._size_bytes, 1.0)

    def _parse(self, block: Block, columns: Sequence[str]) -> RawRows:
        malformed: dict[int, str] = {}
        try:
            table = self._arrow_table(block.data, columns, malformed)
        except pa.ArrowInvalid:
            table = None
        if table is not None and table.num_rows + len(malformed) == len(block.lines):
            return RawRows(_with_gaps(table, malformed), block.lines, malformed)
        records = _records(StringIO(block.data.decode()), block.line, self._delimiter, len(self.names))
        return self._raw_rows(list(records), columns)

    def _arrow_table(self, data: bytes, columns: Sequence[str], malformed: dict[int, str]) -> pa.Table:
        """Return the rows that can be cut; ``malformed`` gets the numbers of the others and what was there."""

        def leave_out(row: pa_csv.InvalidRow) -> str:
            malformed[row.number - 1] = _miscounted(row.actual_columns, row.expected_columns)
            return "skip"

        return pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=self.names, block_size=len(data) + 1, use_threads=False),
            pa_csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=leave_out),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), include_columns=list(columns), check_utf8=False
            ),
        )

    def _parse_slowly(
        self, lines: Iterable[str], first_line: int, columns: Sequence[str], stream: TextIO
    ) -> Iterator[RawRows]:
        records = _records(lines, first_line, self._delimiter, len(self.names))
        while part := list(islice(records, BATCH_ROWS)):
            self._done_bytes = _position(stream)
            yield self._raw_rows(part, columns)

    def _raw_rows(self, records: Sequence[_Record], columns: Sequence[str]) -> RawRows:
        nothing: Sequence[str | None] = [None] * len(self.names)
        by_name = dict(zip(self.names, zip(*(r.cells or nothing for r in records), strict=True), strict=True))
        table = pa.table({name: pa.array(by_name[name], pa.string()) for name in columns})
        lines = np.array([record.line for record in records], dtype=np.int64)
        return RawRows(table, lines, {row: r.received for row, r in enumerate(records) if r.cells is None})


def _with_gaps(table: pa.Table, gaps: Collection[int]) -> pa.Table:
    """Return a table with rows of nulls put in, which then have the numbers ``gaps``."""
    if not gaps:
        return table
    there = np.ones(table.num_rows + len(gaps), dtype=np.bool_)
    there[list(gaps)] = False
    return table.take(pa.array(np.cumsum(there) - 1, mask=~there))


def _miscounted(cells: int, width: int) -> str:
    return f"{cells} cell{'s' * (cells > 1)} instead of {width}"


def _position(stream: TextIO) -> int:
    """Return how many bytes of the file below a text stream were taken."""
    return int(stream.buffer.tell())


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of a CSV file; one that cannot be cut into the header's cells has none, but ``received``."""

    line: int
    cells: Sequence[str] | None
    received: str = ""


class _Tape:
    """Lines that can be put back; ``taken`` are those of the record that is being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.taken: list[str] = []
        self._lines = iter(lines)
        self._again: deque[str] = deque()

    def __iter__(self) -> _Tape:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def keep_first(self) -> None:
        """Put all lines of this record back but its first."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _records(lines: Iterable[str], line: int, delimiter: str, width: int) -> Iterator[_Record]:
    """Read records that may be malformed; ``line`` is the number of the first line.

    A record over several lines that does not come out right is one line with a quote that nobody closed:
    only that line is lost, the customers below it are not.
    """
    tape = _Tape(lines)
    reader = csv.reader(tape, delimiter=delimiter)
    while True:
        tape.taken.clear()
        cells, received = _next_cells(reader, width)
        if not tape.taken:
            return
        if len(tape.taken) > 1 and not (received == "" and _is_strict(tape.taken, delimiter)):
            tape.keep_first()
            reader = csv.reader(tape, delimiter=delimiter)
            cells, received = None, "a line with a quote that is not closed"
        if cells or received:
            yield _Record(line, cells, received)
        line += len(tape.taken)


def _next_cells(reader: Iterator[list[str]], width: int) -> tuple[list[str] | None, str]:
    """Return the cells of the next record ([] for an empty line or the end), else None and what was there."""
    try:
        cells = next(reader, [])
    except csv.Error as error:
        return None, str(error)
    return (cells, "") if len(cells) in {0, width} else (None, _miscounted(len(cells), width))


def _is_strict(lines: Sequence[str], delimiter: str) -> bool:
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


# --- Parquet and Arrow IPC ---------------------------------------------------------------------------


@contextmanager
def _damage_told(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last for a name that is not UTF-8
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(f"{path} cannot be read as {what}, it is damaged or something else: {first}") from None


class ParquetSource:
    """A Parquet file, with its own types."""

    def __init__(self, path: Path) -> None:
        """Read the footer."""
        self._path = path
        self._done_rows = 0
        with _damage_told(path, "Parquet"), pq.ParquetFile(path) as file:
            self._originals: list[str] = file.schema_arrow.names
            self.types: list[pa.DataType] = file.schema_arrow.types
            self._rows: int = file.metadata.num_rows
        self.names = [name.strip() for name in self._originals]
        self.notes: list[str] = []

    def batches(self, columns: Sequence[str]) -> Iterator[RawRows]:
        """Give the rows, with these columns only."""
        originals = [self._originals[self.names.index(name)] for name in columns]
        with _damage_told(self._path, "Parquet"), pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=originals, use_threads=False):
                self._done_rows += batch.num_rows
                yield RawRows(_selected(batch, originals, columns))

    def done(self) -> float:
        """Return the share of the rows that were read."""
        return self._done_rows / max(self._rows, 1)


class ArrowSource:
    """An Arrow IPC file or stream, with its own types."""

    def __init__(self, path: Path) -> None:
        """Read the schema."""
        self._path = path
        self._size_bytes = path.stat().st_size
        self._done_bytes = 0
        with _damage_told(path, "Arrow IPC"), pa.OSFile(str(path)) as file:
            schema = _open_ipc(file).schema
            self._originals: list[str] = schema.names
        self.types: list[pa.DataType] = schema.types
        self.names = [name.strip() for name in self._originals]
        self.notes: list[str] = []

    def batches(self, columns: Sequence[str]) -> Iterator[RawRows]:
        """Give the rows, with these columns only."""
        originals = [self._originals[self.names.index(name)] for name in columns]
        with _damage_told(self._path, "Arrow IPC"), pa.OSFile(str(self._path)) as file:
            for batch in _ipc_batches(_open_ipc(file)):
                self._done_bytes = file.tell()
                yield RawRows(_selected(batch, originals, columns))

    def done(self) -> float:
        """Return the share of the bytes that were read."""
        return min(self._done_bytes / max(self._size_bytes, 1), 1.0)


def _open_ipc(file: Any) -> Any:
    is_file = file.read(6) == b"ARROW1"
    file.seek(0)
    return pa.ipc.open_file(file) if is_file else pa.ipc.open_stream(file)


def _ipc_batches(reader: Any) -> Iterator[Any]:
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        return (reader.get_batch(index) for index in range(reader.num_record_batches))
    return iter(reader)


def _selected(batch: pa.RecordBatch, originals: Sequence[str], columns: Sequence[str]) -> pa.Table:
    """Return some columns of what a file holds; what is read from it is believed only when Arrow has looked at it all.

    Raises:
        pa.ArrowInvalid: a text is not UTF-8, or a length or a place points out of the data, or a type is none.
    """
    table = pa.Table.from_batches([batch]).select(originals).rename_columns(list(columns))
    for column in table.schema:  # which Arrow does not look at
        if pa.types.is_decimal(column.type) and abs(column.type.scale) > _MOST_DECIMALS:
            raise pa.ArrowInvalid(f"the column {column.name!r} says that it has {column.type.scale} decimals")
    table.validate(full=True)
    return table
