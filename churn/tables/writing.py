"""Answers -> a CSV or Parquet file that has its name only once it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pyarrow.types as pt

from churn.answers import RISKS, Answers
from churn.batch import Batch, Refused
from churn.columns import Mask
from churn.errors import BadInput
from churn.tables.cells import is_text, plain

_PARQUET = ".parquet"
_FORMULA = r"\A[=+\-@\t\r]"
"""How a text begins that a spreadsheet takes for a formula (OWASP, CSV injection)."""

_BYTES = (pt.is_binary, pt.is_large_binary, pt.is_binary_view, pt.is_fixed_size_binary)

More = Mapping[str, Sequence[Any]]
"""More columns by name: a value, or None, for each of the g scored rows."""

_NO_MORE: Mapping[str, Any] = {}
ANSWER_NAMES = ("churn_probability", "churn", "risk", "warnings", "error")
"""The columns that all answers have; ``types`` stands before the last two."""
_TYPES: Mapping[type, pa.DataType] = {float: pa.float64(), int: pa.int64(), bool: pa.bool_(), str: pa.string()}


def answer_table(
    answers: Answers, kept: pa.Table, types: Mapping[str, type] = _NO_MORE, more: More = _NO_MORE
) -> pa.Table:
    """Return n answers as n rows, after the ``kept`` columns of theirs; a refused row has its ``error`` and no more.

    ``more`` are further columns, of the ``types`` that are named.
    """
    batch, good = answers.batch, answers.batch.good
    risk = pa.array(_spread(answers.scores.risk, good), mask=~good)
    return pa.table(
        {
            **dict(zip(kept.column_names, kept.columns, strict=True)),
            "churn_probability": pa.array(_spread(answers.scores.probability, good), pa.float64(), mask=~good),
            "churn": pa.array(_spread(answers.scores.churn, good), pa.bool_(), mask=~good),
            "risk": pa.array(RISKS, pa.string()).take(risk),
            **{name: pa.array(_placed(more[name], good), _TYPES[kind]) for name, kind in types.items()},
            "warnings": pa.array(_warning_texts(answers, good), pa.string()),
            "error": pa.array(_error_texts(batch), pa.string()),
        }
    )


def without_formulas(table: pa.Table) -> pa.Table:
    """Return a table whose texts no spreadsheet takes for a formula: an apostrophe stands before those it would.

    That holds for the names of its columns too.
    """
    columns = [_quoted(column) if is_text(column.type) else column for column in table.columns]
    return pa.table(columns, names=_quoted(pa.chunked_array([table.column_names], pa.string())).to_pylist())


def _quoted(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(texts, _FORMULA, r"'\0")


def can_hold(out: Path, column: pa.DataType) -> bool:
    """Say whether a file of the name ``out`` can hold a column of this type."""
    table = pa.table({"column": pa.nulls(1, column)})
    try:
        table = table if _is_parquet(out) else _for_csv(table)
        with _writer(pa.BufferOutputStream(), table.schema, parquet=_is_parquet(out)) as writer:
            writer.write_table(table)
    except pa.ArrowException:
        return False
    return True


def _writer(out: Any, schema: pa.Schema, *, parquet: bool) -> pa_csv.CSVWriter | pq.ParquetWriter:
    return pq.ParquetWriter(out, schema) if parquet else pa_csv.CSVWriter(out, schema)


def _for_csv(table: pa.Table) -> pa.Table:
    """Return a table of the types that Arrow's CSV writer knows, as far as there is one for each."""
    columns = [_as_text(name, plain(column)) for name, column in zip(table.column_names, table.columns, strict=True)]
    return pa.table(columns, names=table.column_names)


def _as_text(name: str, column: pa.Array) -> pa.Array:
    """Return the text of a column of bytes, as some programs write texts to Parquet; any other as it is."""
    if not any(is_bytes(column.type) for is_bytes in _BYTES):
        return column
    try:
        return column.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        raise BadInput(f"The column {name!r} holds bytes that are no UTF-8 text, so CSV cannot hold them.") from None


def _spread(values: npt.NDArray[Any], good: Mask) -> npt.NDArray[Any]:
    """(g,) values of the good rows -> (n,), zero in the place of the bad ones."""
    spread = np.zeros(len(good), dtype=values.dtype)
    spread[good] = values
    return spread


def _placed(values: Sequence[Any], good: Mask) -> list[Any]:
    """Do the same for values of any kind, with None in the place of the bad ones."""
    given = iter(values)
    return [next(given) if is_good else None for is_good in good.tolist()]


def _warning_texts(answers: Answers, good: Mask) -> list[str | None]:
    """Return what is worth saying about each row, n texts; None where there is nothing to say."""
    said: list[str | None] = [None] * len(good)
    place = np.flatnonzero(good).tolist()
    for position, found in answers.warnings.items():
        said[place[position]] = "; ".join(f"{warning.field}: {warning.message}" for warning in found)
    return said


def _error_texts(batch: Batch) -> list[str | None]:
    said: list[str | None] = [None] * len(batch)
    for row, refused in batch.refused.items():
        said[row] = refusal_text(refused)
    return said


def refusal_text(refused: Refused) -> str:
    """Return all that is wrong with a row, with its line, or its number in the file where lines mean nothing."""
    first = refused.told[0]
    where = f"row {(first.record or 0) + 1}" if first.line is None else f"line {first.line}"
    return f"{where}: {'; '.join(problem.sentence() for problem in refused.told)}"


class AnswerFile:
    """A file of answers that is being written; ``rows`` counts what was written."""

    def __init__(
        self,
        path: Path,
        kept: pa.Schema,
        types: Mapping[str, type],
        *,
        parquet: bool,
        for_spreadsheets: bool = False,
    ) -> None:
        """Take the name of the file and its columns; it is opened with the first batch, whose types are the file's."""
        self.rows = 0
        self._for_spreadsheets = for_spreadsheets
        self._types = types
        self._path = path
        self._kept = kept
        self._parquet = parquet
        self._writer: pa_csv.CSVWriter | pq.ParquetWriter | None = None

    def write(self, answers: Answers, kept: pa.Table, more: More = _NO_MORE) -> None:
        """Append n rows, with the kept and the further columns that the file was opened for.

        Raises:
            BadInput: a kept column of bytes is to be written as CSV and holds some that are no text.
        """
        self._write(answer_table(answers, kept, self._types, more))

    def _write(self, table: pa.Table) -> None:
        if not self._parquet:
            table = _for_csv(table)
            table = without_formulas(table) if self._for_spreadsheets else table
        if self._writer is None:
            self._writer = _writer(self._path, table.schema, parquet=self._parquet)
        self._writer.write_table(table)
        self.rows += table.num_rows

    def finish(self) -> None:
        """Close the file; one without rows still has its columns."""
        if self._writer is None:
            self._write(_no_answers(self._kept, self._types))
        self.close()
        if self._parquet:
            self.rows = pq.read_metadata(self._path).num_rows

    def close(self) -> None:
        """Close the file, finished or not."""
        if self._writer is not None:
            self._writer.close()


def check_answers_target(out: Path, source: Path, *, overwrite: bool) -> None:
    """Say before any work whether answers could be written there.

    Raises:
        BadInput: the name ends in no known format, is taken, is the source's, or its folder is missing.
    """
    if out.suffix.lower() not in {".csv", _PARQUET}:
        raise BadInput(f"{out} ends in {out.suffix!r}; let the answers' name end in .csv or {_PARQUET}.")
    if not out.parent.is_dir():
        raise BadInput(f"There is no folder {out.parent} to write {out.name} to; make it first.")
    if out.resolve() == source.resolve() or (out.exists() and source.exists() and out.samefile(source)):
        raise BadInput(f"{out} is the table to score; give the answers another name.")
    if out.is_dir():
        raise BadInput(f"{out} is a folder; give the answers another name.")
    if out.exists() and not overwrite:
        raise BadInput(f"{out} exists; nothing was written. Give the answers another name, or add --overwrite.")


@contextmanager
def answer_file(
    out: Path,
    kept: pa.Schema,
    types: Mapping[str, type] = _NO_MORE,
    *,
    overwrite: bool = False,
    for_spreadsheets: bool = False,
) -> Iterator[AnswerFile]:
    """Give a file to write answers to and ``finish``; it takes the name ``out`` at the end.

    ``kept`` are the columns of the customers' table that stand first, ``types`` the names and types of further
    columns. ``for_spreadsheets`` puts an apostrophe before each text in a CSV file that would be a formula.

    When the block raises, nothing is left and what stood at ``out`` stays.

    Raises:
        BadInput: the folder cannot be written to, or ``out`` has come to exist in the meantime.
    """
    temporary = _temporary_beside(out)
    file = AnswerFile(temporary, kept, types, parquet=_is_parquet(out), for_spreadsheets=for_spreadsheets)
    try:
        yield file
        if out.exists() and not overwrite:
            raise BadInput(f"{out} was made by somebody else in the meantime; nothing was written.")
        temporary.replace(out)
    finally:
        try:
            file.close()
        finally:
            temporary.unlink(missing_ok=True)


def _no_answers(kept: pa.Schema, types: Mapping[str, type]) -> pa.Table:
    scores = {"churn_probability": float, "churn": bool, "risk": str}
    columns: dict[str, type] = {**scores, **types, "warnings": str, "error": str}
    return pa.schema([*kept, *(pa.field(name, _TYPES[kind]) for name, kind in columns.items())]).empty_table()


def _is_parquet(out: Path) -> bool:
    return out.suffix.lower() == _PARQUET


def _temporary_beside(out: Path) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{out.name}-", suffix=".tmp", dir=out.parent)
    except OSError as error:
        raise BadInput(f"{out.parent} cannot be written to: {error.strerror}.") from None
    os.fchmod(descriptor, 0o666 & ~_umask())  # as any new file, not for the owner alone
    os.close(descriptor)
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
