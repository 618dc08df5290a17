"""Which datatypes there are, and what of them a field takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churn.kinds import kind_of
from churn.schema import Field

NUMPY_TYPES = {
    "BOOL": "?",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
"""How the elements of each datatype are written in binary; those of BYTES have a length of four bytes before each."""

BYTES = "BYTES"
DATATYPES = frozenset((*NUMPY_TYPES, BYTES))

_OF_WIRE = {str: BYTES, int: "INT64", float: "FP64", bool: "BOOL"}
OUTPUTS = {"churn_probability": "FP64", "churn": "BOOL", "risk": BYTES}


def datatype_of(field: Field) -> str:
    """Return the datatype that a field is described with; others that hold the same values are read, too."""
    return _OF_WIRE[kind_of(field).wire]


def as_whole(values: Sequence[Any]) -> list[Any]:
    """Return floats that are whole numbers as those; all else stays, to be refused with what it was."""
    return [int(value) if isinstance(value, float) and value.is_integer() else value for value in values]


def without_nan(values: Sequence[Any]) -> list[Any]:
    """Return None in the place of NaN, which is how floats say that a value is missing."""
    return [None if value != value else value for value in values]  # noqa: PLR0124  NaN alone is not itself
