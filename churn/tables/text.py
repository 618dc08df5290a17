"""A CSV file before its cells are looked at: encoding, delimiter, header, and where each record begins."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from churn.errors import TableError, shown

DELIMITERS = (",", ";", "\t", "|")
BLOCK_CHARACTERS = 8 << 20
RECORD_LIMIT_BYTES = 64 << 20
"""Longer than this, a record is one whose quote is never closed."""

_SNIFFED_BYTES = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FORMATS = (
    (b"PAR1", "a Parquet file; let its name end in .parquet"),
    (b"ARROW1", "an Arrow file; let its name end in .arrow"),
    (b"PK\x03\x04", "a spreadsheet or a zip archive; save the table as CSV first"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet; save the table as CSV first"),
    (b"\x1f\x8b", "compressed; unpack it first"),
)
_NEWLINE, _QUOTE = b'\n"'


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written."""

    encoding: str
    delimiter: str
    notes: tuple[str, ...] = ()


def find_dialect(path: Path, delimiter: str | None = None) -> Dialect:
    """Find out how a CSV file is written; a delimiter that is given is not searched for.

    Raises:
        TableError: the file is missing, empty, no text, or the delimiter is no single character.
    """
    encoding, notes = _encoding(path)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii()):
        raise TableError(f"The delimiter {shown(delimiter)} cannot be used; give one character, such as ';'.")
    return Dialect(encoding, delimiter or _sniff_delimiter(path, encoding), notes)


def _encoding(path: Path) -> tuple[str, tuple[str, ...]]:
    """Read the whole file once to be sure of its encoding: the bad byte may be the last."""
    with path.open("rb") as stream:
        head = stream.read(_SNIFFED_BYTES)
    if not head.strip():
        raise TableError(f"{path} is empty; a table begins with a line of column names.")
    for magic, what in _OTHER_FORMATS:
        if head.startswith(magic):
            raise TableError(f"{path} is no CSV file but {what}.")
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            if not _decodes(path, encoding):
                raise TableError(f"{path} begins as {encoding[:6].upper()} text and is not; save it as UTF-8.")
            return encoding, ()
    if b"\0" in head:
        raise TableError(f"{path} is no CSV file but binary data; save the table as CSV or Parquet.")
    return _encoding_without_bom(path)


def _encoding_without_bom(path: Path) -> tuple[str, tuple[str, ...]]:
    if _decodes(path, "utf-8"):
        return "utf-8", ()
    encoding, name = ("cp1252", "Windows-1252") if _decodes(path, "cp1252") else ("latin-1", "Latin-1")
    return encoding, (f"{path.name} is not UTF-8, so it was read as {name}; save it as UTF-8 if names look wrong.",)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _sniff_delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that cuts the first lines into the most cells, the same number in most of them."""
    with path.open(encoding=encoding) as stream:
        lines = stream.read(_SNIFFED_BYTES).split("\n")
    lines = lines[:-1] if len(lines) > 2 else lines  # the last may be cut off
    return max(DELIMITERS, key=lambda delimiter: _cells_agreed_on(lines[:100], delimiter))


def _cells_agreed_on(lines: list[str], delimiter: str) -> int:
    """Return the number of names in the header if nine of ten records have as many cells, else 0."""
    try:
        widths = [len(record) for record in csv.reader(lines, delimiter=delimiter) if record]
    except csv.Error:
        return 0
    same = sum(width == widths[0] for width in widths)
    return widths[0] if widths and widths[0] > 1 and same >= 0.9 * len(widths) else 0


# --- Records ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """n whole records as UTF-8: ``data`` ends with a newline and begins on line ``line`` of the file.

    ``lines`` (n,) says on which line each record begins. Empty lines are no records, and are still in ``data``.
    """

    data: bytes
    line: int
    lines: npt.NDArray[np.int64]


class NotPlainError(Exception):
    """The quotes in ``data`` do not pair up as a writer of CSV makes them; ``line`` is its first line."""

    def __init__(self, data: bytes, line: int) -> None:
        super().__init__("quotes that do not pair up")
        self.data = data
        self.line = line


def cut_blocks(
    stream: TextIO, delimiter: str, line: int, *, size: int = BLOCK_CHARACTERS, limit_bytes: int = RECORD_LIMIT_BYTES
) -> Iterator[Block]:
    """Cut what is left of a stream into blocks of whole records; ``line`` is the number of its first line.

    Raises:
        NotPlainError: at the first block whose records cannot be told apart by counting quotes.
    """
    rest = b""
    while True:
        text = stream.read(size)
        data = rest + text.encode()
        if not text and data and not data.endswith(b"\n"):
            data += b"\n"
        lines = _record_lines(data, delimiter.encode())
        if lines is None or (not lines.end and len(data) > (limit_bytes if text else 0)):
            raise NotPlainError(data, line)
        if lines.starts.size:
            yield Block(data[: lines.end], line, lines.starts + line)
        rest = data[lines.end :]
        line += data.count(b"\n", 0, lines.end)
        if not text:
            if rest:
                raise NotPlainError(rest, line)
            return


class _RecordLines(NamedTuple):
    """``starts``: on which line, from 0, each record begins; ``end``: where the last whole record ends."""

    starts: npt.NDArray[np.int64]
    end: int


def _record_lines(data: bytes, delimiter: bytes) -> _RecordLines | None:
    """Find the records of ``data``, which begins with one; None when its quotes do not pair up."""
    octets = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE)
    outside = np.ones(len(newlines), np.bool_)
    quotes = np.flatnonzero(octets == _QUOTE) if b'"' in data else newlines[:0]
    if quotes.size:
        outside = np.searchsorted(quotes, newlines) % 2 == 0
    ends = newlines[outside]
    end = int(ends[-1]) + 1 if ends.size else 0
    if not _pair_up(octets, quotes[quotes < end], delimiter):
        return None
    begins = np.concatenate([[0], np.flatnonzero(outside) + 1])[:-1]
    return _RecordLines(begins[np.diff(ends, prepend=-1) > 1], end)


def _pair_up(octets: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], delimiter: bytes) -> bool:
    """Say whether every other quote opens a cell and the ones between close it (``""`` does both).

    Where that holds, a newline is within a cell exactly when an odd number of quotes stands before it.
    """
    beside = np.frombuffer(delimiter + b'\n"', np.uint8)
    opening, closing = quotes[::2], quotes[1::2]
    before = octets[opening[opening > 0] - 1]
    return bool(np.isin(before, beside).all() and np.isin(octets[closing + 1], beside).all())
