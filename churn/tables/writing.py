"""Answers -> a CSV or Parquet file that has its name only once it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from churn.columns import Floats, Mask
from churn.errors import BadInput

_PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers for n rows, bad rows included: their ``error`` says why, all else but the identifier is empty.

    ``good`` (n,) says which rows have a ``probability`` (n,), ``churn`` (n,) and ``risk`` (n,), a position in
    ``risks``; ``warnings`` and ``error`` are n texts, None where there is nothing to say. ``identifiers``
    (n,) is the identifier's column as it was read, called ``identifier``, or None.
    """

    good: Mask
    probability: Floats
    churn: Mask
    risk: npt.NDArray[np.intp]
    risks: Sequence[str]
    warnings: Sequence[str | None]
    error: Sequence[str | None]
    identifier: str | None = None
    identifiers: pa.Array | None = None

    def table(self) -> pa.Table:
        """Return the n rows as they are written."""
        bad = ~self.good
        first = {} if self.identifier is None else {self.identifier: self.identifiers}
        risks = pa.array(self.risks, pa.string()).take(pa.array(self.risk, mask=bad))
        return pa.table(
            {
                **first,
                "churn_probability": pa.array(self.probability, pa.float64(), mask=bad),
                "churn": pa.array(self.churn, pa.bool_(), mask=bad),
                "risk": risks,
                "warnings": pa.array(self.warnings, pa.string()),
                "error": pa.array(self.error, pa.string()),
            }
        )


class AnswerFile:
    """A file of answers that is being written; ``rows`` counts what was written."""

    def __init__(self, path: Path, *, parquet: bool) -> None:
        """Take the file's name; it is opened with the first batch, whose types are the file's."""
        self.rows = 0
        self._path = path
        self._parquet = parquet
        self._writer: pa_csv.CSVWriter | pq.ParquetWriter | None = None

    def write(self, answers: Answers) -> None:
        """Append n rows."""
        table = answers.table()
        if self._writer is None:
            make = pq.ParquetWriter if self._parquet else pa_csv.CSVWriter
            self._writer = make(self._path, table.schema)
        self._writer.write_table(table)
        self.rows += table.num_rows

    def finish(self, identifier: str | None) -> None:
        """Close the file; one without rows still has its columns."""
        if self._writer is None:
            self.write(_no_answers(identifier))
        self.close()
        if self._parquet:
            self.rows = pq.read_metadata(self._path).num_rows

    def close(self) -> None:
        """Close the file, finished or not."""
        if self._writer is not None:
            self._writer.close()


def check_target(out: Path, source: Path, *, overwrite: bool) -> None:
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
def answer_file(out: Path, *, overwrite: bool = False) -> Iterator[AnswerFile]:
    """Give a file to write answers to and ``finish``; it takes the name ``out`` at the end.

    When the block raises, nothing is left and what stood at ``out`` stays.

    Raises:
        BadInput: the folder cannot be written to, or ``out`` has come to exist in the meantime.
    """
    temporary = _temporary_beside(out)
    file = AnswerFile(temporary, parquet=out.suffix.lower() == _PARQUET)
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


def _no_answers(identifier: str | None) -> Answers:
    no = np.zeros(0, dtype=np.bool_)
    names = None if identifier is None else pa.array([], pa.string())
    return Answers(no, np.zeros(0), no, np.zeros(0, np.intp), (), (), (), identifier, names)


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
