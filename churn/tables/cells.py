"""One column of a table -> one column of ``Columns``: vectorised where the cells allow it.

Text cells and native types (of Parquet and Arrow) end in the same values. A cell that cannot be taken is
marked, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from churn.columns import MISSING, Codes, Floats, Mask, level_codes, number_of
from churn.errors import TableError
from churn.schema import Field, Schema

_REFUSED = -3
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INT64_END = 2.0**63
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SMALL = 64


@dataclass(frozen=True, slots=True)
class ParsedNumbers:
    """A column of n numbers, dates or times: ``values`` (n,) float64, NaN where missing; ``refused`` (n,)."""

    values: Floats
    refused: Mask


@dataclass(frozen=True, slots=True)
class ParsedCodes:
    """A column of n categories: ``codes`` (n,) int32 (see ``columns``); ``refused`` (n,)."""

    codes: Codes
    refused: Mask


def parse_numbers(field: Field, cells: pa.Array, schema: Schema) -> ParsedNumbers:
    """Read the cells of a number, integer, date or time field.

    Raises:
        TableError: the column is of a type that no such field can be read from.
    """
    missing = _missing(field, cells)
    values = _numbers_by_type(field, cells, missing, schema)
    for sentinel in field.sentinels:
        missing |= values == sentinel
    if field.kind == "date" and not is_text(cells.type):
        missing |= np.isin(values, _days_for_missing(field, schema))
    refused = ~np.isfinite(values) & ~missing
    refused |= _outside(field, values) & ~missing
    if field.kind == "integer":
        refused |= ~_whole(values, cells) & ~missing
    if not field.nullable:
        refused |= missing
    values[missing] = np.nan
    return ParsedNumbers(values, refused)


def parse_codes(field: Field, cells: pa.Array) -> ParsedCodes:
    """Read the cells of a category; each different cell is looked at once.

    Raises:
        TableError: the column is of a type that has no such levels.
    """
    if not (_fits_levels(field, cells.type) or pt.is_null(cells.type)):
        raise _misfit(field, cells.type)
    code_of = _coder(field)
    indices, uniques = _encoded(cells)
    codes = np.fromiter((code_of(value) for value in uniques), np.int32, len(uniques))
    found = np.append(codes, np.int32(MISSING))[indices]  # the index of a null is the last
    refused = found == _REFUSED
    if not field.nullable:
        refused |= found == MISSING
    return ParsedCodes(found, refused)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _misfit(field: Field, kind: pa.DataType) -> TableError:
    return TableError(f"The column {field.name!r} is of the type {kind}; expected is {field.expected()}.")


# --- Numbers, dates, times -------------------------------------------------------------------------


def _missing(field: Field, cells: pa.Array) -> Mask:
    """Say which cells hold nothing, or a text that stands for nothing: (n,)."""
    if not is_text(cells.type):
        return _mask(pc.is_null(cells, nan_is_null=True))  # pandas writes missing numbers as NaN
    markers = pa.array(["", *field.missing_markers], cells.type)
    return _mask(pc.or_(pc.is_null(cells), pc.is_in(pc.utf8_trim_whitespace(cells), value_set=markers)))


def _numbers_by_type(field: Field, cells: pa.Array, missing: Mask, schema: Schema) -> Floats:
    """Return (n,) float64, NaN where missing or unreadable."""
    kind = cells.type
    if pt.is_null(kind):
        return np.full(len(cells), np.nan)
    if field.kind in {"number", "integer"}:
        return _plain_numbers(field, cells, missing)
    if is_text(kind):
        return _each_once(cells, missing, number_of(field, schema.as_of))
    if field.kind == "date" and (pt.is_date(kind) or pt.is_timestamp(kind)) and schema.as_of is not None:
        return schema.as_of.toordinal() - _EPOCH_ORDINAL - _floats(_days(cells))
    if field.kind == "time" and pt.is_time(kind):
        return _hours(cells)
    raise _misfit(field, kind)


def _days_for_missing(field: Field, schema: Schema) -> list[float]:
    """Return the markers that are days, such as 9999-12-31, as they are counted; a day has no text in a native type."""
    number = number_of(replace(field, nullable=False), schema.as_of)
    found = (_or_nan(number, marker) for marker in field.missing_markers)
    return [days for days in found if np.isfinite(days)]


def _plain_numbers(field: Field, cells: pa.Array, missing: Mask) -> Floats:
    kind = cells.type
    if is_text(kind):
        trimmed = pc.utf8_trim_whitespace(cells)
        return _cast(pc.if_else(pa.array(missing), pa.scalar(None, kind), trimmed))
    if pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind):
        return _floats(cells)
    raise _misfit(field, kind)


def _cast(texts: pa.Array) -> Floats:
    """Return the numbers in n texts, NaN where there is none; halves what Arrow refuses until it is small."""
    try:
        return _floats(texts)
    except pa.ArrowInvalid:
        if len(texts) <= _SMALL:
            return np.array([_float(text) for text in texts.to_pylist()])
        half = len(texts) // 2
        return np.concatenate([_cast(texts[:half]), _cast(texts[half:])])


def _float(text: str | None) -> float:
    return float(text) if text is not None and _NUMBER.fullmatch(text) else np.nan


def _floats(cells: pa.Array) -> Floats:
    """Return (n,) float64 that may be written to, NaN for null."""
    return np.array(pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _days(cells: pa.Array) -> pa.Array:
    """Return the days since 1970-01-01, in the column's own time zone."""
    return cells.cast(pa.date32(), safe=False).cast(pa.int32())


def _hours(cells: pa.Array) -> Floats:
    """Return the hours since midnight, to the last bit as ``columns.parse_hours`` adds them up; 0 for null."""
    kind = cells.type
    second = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[kind.unit]
    ticks = cells.cast(pa.int32() if pt.is_time32(kind) else pa.int64()).fill_null(0).to_numpy().astype(np.int64)
    hours: Floats = ticks // (3600 * second) + ticks // (60 * second) % 60 / 60 + ticks % (60 * second) / second / 3600
    return hours


def _each_once(cells: pa.Array, missing: Mask, convert: Callable[[Any], float]) -> Floats:
    """Convert every different text once: (n,) float64, NaN where missing or unreadable."""
    indices, uniques = _encoded(cells)
    converted = np.fromiter((_or_nan(convert, text) for text in uniques), np.float64, len(uniques))
    values: Floats = np.append(converted, np.nan)[indices]
    values[missing] = np.nan
    return values


def _or_nan(convert: Callable[[Any], float], text: str) -> float:
    try:
        return convert(text.strip())
    except ValueError:
        return float("nan")


def _outside(field: Field, values: Floats) -> Mask:
    low = -np.inf if field.minimum is None else field.minimum
    high = np.inf if field.maximum is None else field.maximum
    return (values < low) | (values > high)


def _whole(values: Floats, cells: pa.Array) -> Mask:
    """Say which values are whole numbers of 64 bits: (n,)."""
    whole: Mask = (np.floor(values) == values) & (values >= -_INT64_END) & (values < _INT64_END)
    for row in np.flatnonzero(values == _INT64_END).tolist():  # a float cannot tell 2**63 - 1 from 2**63
        exact = str(cells[row].as_py()).strip()
        whole[row] = exact.lstrip("+").isdecimal() and int(exact) < 2**63
    return whole


# --- Categories ------------------------------------------------------------------------------------


def _fits_levels(field: Field, kind: pa.DataType) -> bool:
    if is_text(kind):
        return True
    if field.level_type is bool:
        return bool(pt.is_boolean(kind))
    if field.level_type is int:
        return bool(pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind))
    return bool(pt.is_integer(kind))


def _coder(field: Field) -> Callable[[Any], int]:
    """Return the function from one cell's value to its code, ``_REFUSED`` where it is no such value."""
    lookup = level_codes(field)
    missing = frozenset({"", *field.missing_markers})
    readers: Mapping[Any, Callable[[Any], Any]] = {str: str, int: _whole_number, bool: _truth}
    value_of = readers[field.level_type]

    def code_of(cell: Any) -> int:
        value = value_of(cell)
        code = _REFUSED if value is None else lookup[value]
        blank = cell.strip() in missing if isinstance(cell, str) else cell != cell  # noqa: PLR0124  NaN, as pandas writes
        return MISSING if blank and code < 0 else code

    return code_of


def _whole_number(cell: Any) -> int | None:
    """``1``, ``1.0`` and their texts -> 1; None for what is no whole number of 64 bits."""
    if isinstance(cell, str):
        cell = cell.strip()
        if not _NUMBER.fullmatch(cell):
            return None
        cell = int(cell) if len(cell) < 20 and cell.lstrip("+-").isdecimal() else float(cell)
    if not -_INT64_END <= cell < _INT64_END or cell != int(cell):  # False for NaN too
        return None
    return int(cell)


def _truth(cell: Any) -> bool | None:
    if isinstance(cell, str):
        return {"true": True, "false": False}.get(cell.strip().lower())
    return bool(cell)


# --- Both ------------------------------------------------------------------------------------------


def _encoded(cells: pa.Array) -> tuple[npt.NDArray[Any], list[Any]]:
    """Return (n,) positions in the list of the different values; that of a null is one past its end."""
    if pt.is_null(cells.type):
        return np.zeros(len(cells), np.intp), []
    encoded = cells.dictionary_encode()
    uniques: list[Any] = encoded.dictionary.to_pylist()
    return encoded.indices.fill_null(len(uniques)).to_numpy(zero_copy_only=False), uniques


def _mask(array: pa.Array) -> Mask:
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return one array of plain values, without chunks, dictionary or views."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # what does not fit into one chunk stays in several
        array = pa.concat_arrays(array.chunks)
    if pt.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.large_string()) if pt.is_string_view(array.type) else array


def texts(values: Iterable[Any]) -> list[str | None]:
    """Return values as text, None where there is none."""
    return [None if value is None else str(value) for value in values]
