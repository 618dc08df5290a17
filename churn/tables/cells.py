"""One column of a table -> one column of ``Columns``: vectorised where the cells allow it.

Text cells and native types (of Parquet and Arrow) are brought into the forms that a field's kind reads, and end in
the same values. A cell that cannot be taken is marked, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from churn.arrays import MISSING, Codes, Floats, Mask
from churn.errors import TableError
from churn.kinds import Category, Kind, Quantity, TextQuantity, category_of, quantity_of
from churn.kinds.forms import NUMERAL, Form
from churn.kinds.spelling import says_number
from churn.schema import Field, Schema

_REFUSED = -3
_INT64_END = 2.0**63
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
    """Read the cells of a field that is a quantity.

    Raises:
        TableError: the column is of a type that no such field can be read from.
    """
    kind = quantity_of(field, schema.as_of)
    missing = _missing(field, cells)
    values = _numbers(kind, cells, missing)
    for sentinel in field.sentinels:
        missing |= values == sentinel
    if not is_text(cells.type) and (markers := kind.native_markers()):
        missing |= np.isin(values, markers)
    refused = ~np.isfinite(values) | kind.outside(values)
    if kind.wire is int:
        refused |= ~_whole(values, cells)
    refused = refused & ~missing if field.nullable else refused | missing
    values[missing] = np.nan
    return ParsedNumbers(values, refused)


def parse_codes(field: Field, cells: pa.Array) -> ParsedCodes:
    """Read the cells of a category; each different cell is looked at once.

    Raises:
        TableError: the column is of a type that has no such levels.
    """
    kind = category_of(field)
    if not pt.is_null(cells.type):
        _fitting_form(kind, cells.type)
    code_of = _coder(kind)
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


# --- Arrow's types as the forms that kinds know -------------------------------------------------------


def _fitting_form(kind: Kind, arrow: pa.DataType) -> Form:
    """Return the form in which a column of this type is read.

    Raises:
        TableError: the kind takes none that the column has.
    """
    for form in _forms(arrow):
        if form in kind.takes:
            return form
    raise TableError(f"The column {kind.field.name!r} is of the type {arrow}; expected is {kind.expected()}.")


def _forms(arrow: pa.DataType) -> tuple[Form, ...]:
    tests: tuple[tuple[Callable[[pa.DataType], bool], tuple[Form, ...]], ...] = (
        (is_text, (Form.NUMERALS, Form.TEXTS)),
        (pt.is_integer, (Form.WHOLES,)),
        (pt.is_floating, (Form.FLOATS,)),
        (pt.is_decimal, (Form.FLOATS,)),
        (pt.is_boolean, (Form.TRUTHS,)),
        (pt.is_date, (Form.DAYS,)),
        (pt.is_timestamp, (Form.DAYS,)),
        (pt.is_time, (Form.HOURS,)),
    )
    return next((forms for test, forms in tests if test(arrow)), ())


# --- Quantities ------------------------------------------------------------------------------------


def _missing(field: Field, cells: pa.Array) -> Mask:
    """Say which cells hold nothing, or a text that stands for nothing: (n,)."""
    if not is_text(cells.type):
        return _mask(pc.is_null(cells, nan_is_null=True))  # pandas writes missing numbers as NaN
    markers = pa.array(["", *field.missing_markers], cells.type)
    return _mask(pc.or_(pc.is_null(cells), pc.is_in(pc.utf8_trim_whitespace(cells), value_set=markers)))


def _numbers(kind: Quantity, cells: pa.Array, missing: Mask) -> Floats:
    """Return (n,) float64 that may be written to, NaN where missing or unreadable."""
    if pt.is_null(cells.type):
        return np.full(len(cells), np.nan)
    form = _fitting_form(kind, cells.type)
    decimal, unit = kind.field.decimal, kind.field.unit
    if decimal is not None and form is Form.NUMERALS:
        return _each_once(cells, missing, lambda text: says_number(text, decimal, unit))
    if isinstance(kind, TextQuantity) and form is Form.TEXTS:
        return _each_once(cells, missing, kind.number)
    try:
        return kind.from_native(form, _NATIVE[form](cells, missing))
    except pa.ArrowInvalid as error:  # a time zone that nobody knows
        raise TableError(
            f"The column {kind.field.name!r}, of the type {cells.type}, cannot be read: {error}."
        ) from None


def _numerals(cells: pa.Array, missing: Mask) -> Floats:
    trimmed = pc.utf8_trim_whitespace(cells)
    return _cast(pc.if_else(pa.array(missing), pa.scalar(None, cells.type), trimmed))


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
    return float(text) if text is not None and NUMERAL.fullmatch(text) else np.nan


def _floats(cells: pa.Array, _missing: Mask | None = None) -> Floats:
    """Return (n,) float64 that may be written to, NaN for null."""
    return np.array(pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _days(cells: pa.Array, _missing: Mask) -> Floats:
    """Return the days since 1970-01-01, in the column's own time zone; NaN for null."""
    return _floats(cells.cast(pa.date32(), safe=False).cast(pa.int32()))


def _hours(cells: pa.Array, _missing: Mask) -> Floats:
    """Return the hours since midnight, to the last bit as ``kinds.clock`` adds them up; 0 for null."""
    kind = cells.type
    second = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[kind.unit]
    ticks = cells.cast(pa.int32() if pt.is_time32(kind) else pa.int64()).fill_null(0).to_numpy().astype(np.int64)
    hours: Floats = ticks // (3600 * second) + ticks // (60 * second) % 60 / 60 + ticks % (60 * second) / second / 3600
    return hours


_NATIVE: dict[Form, Callable[[pa.Array, Mask], Floats]] = {
    Form.NUMERALS: _numerals,
    Form.WHOLES: _floats,
    Form.FLOATS: _floats,
    Form.TRUTHS: _floats,
    Form.DAYS: _days,
    Form.HOURS: _hours,
}


def _each_once(cells: pa.Array, missing: Mask, convert: Callable[[str], float]) -> Floats:
    """Convert every different text once: (n,) float64, NaN where missing or unreadable."""
    indices, uniques = _encoded(cells)
    converted = np.fromiter((_or_nan(convert, text) for text in uniques), np.float64, len(uniques))
    values: Floats = np.append(converted, np.nan)[indices]
    values[missing] = np.nan
    return values


def _or_nan(convert: Callable[[str], float], text: str) -> float:
    try:
        return convert(text)
    except ValueError:
        return float("nan")


def _whole(values: Floats, cells: pa.Array) -> Mask:
    """Say which values are whole numbers of 64 bits: (n,)."""
    whole: Mask = (np.floor(values) == values) & (values >= -_INT64_END) & (values < _INT64_END)
    for row in np.flatnonzero(values == _INT64_END).tolist():  # a float cannot tell 2**63 - 1 from 2**63
        exact = str(cells[row].as_py()).strip()
        whole[row] = exact.lstrip("+").isdecimal() and int(exact) < 2**63
    return whole


# --- Categories ------------------------------------------------------------------------------------


def _coder(kind: Category) -> Callable[[Any], int]:
    """Return the function from one cell's value to its code, ``_REFUSED`` where it is no such value."""
    code_of_value = kind.codes()
    missing = frozenset({"", *kind.field.missing_markers})

    def code_of(cell: Any) -> int:
        value = kind.from_cell(cell)
        code = _REFUSED if value is None else code_of_value[value]
        blank = cell.strip() in missing if isinstance(cell, str) else cell != cell  # noqa: PLR0124  NaN, as pandas writes
        return MISSING if blank and code < 0 else code

    return code_of


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
