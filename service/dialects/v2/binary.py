"""Triton's binary data extension: tensors behind the JSON, as they lie in memory."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from churn.errors import shown
from service.dialects.v2.tensors import BYTES, NUMPY_TYPES
from service.problems import Refusal

HEADER = b"inference-header-content-length"
_LENGTH = struct.Struct("<I")


def split(body: bytes, sent: bytes) -> tuple[bytes, bytes]:
    """Return the JSON of a body and what comes behind it; ``sent`` is the header that says where.

    Raises:
        Refusal: it says no place in the body.
    """
    length = int(sent) if sent.isdigit() and len(sent) < 12 else -1
    if not 0 <= length <= len(body):
        raise Refusal(
            "invalid-header",
            f"Inference-Header-Content-Length says {sent[:40].decode('latin-1')!r}; it is the number of bytes of the "
            f"JSON at the beginning of the body, which has {len(body):,} bytes.",
        )
    return body[:length], body[length:]


def read(name: str, datatype: str, part: bytes, count: int) -> list[Any]:
    """Return the ``count`` elements of a tensor.

    Raises:
        Refusal: it has more or fewer, or a text that is not UTF-8.
    """
    if datatype == BYTES:
        return _read_texts(name, part, count)
    kind = np.dtype(NUMPY_TYPES[datatype])
    if len(part) != count * kind.itemsize:
        raise _wrong_size(name, part, f"{count:,} elements of {datatype} are {count * kind.itemsize:,}")
    values: list[Any] = np.frombuffer(part, kind).tolist()
    return values


def _read_texts(name: str, part: bytes, count: int) -> list[Any]:
    texts: list[Any] = []
    at = 0
    while len(texts) < count:
        begin = at + _LENGTH.size
        if begin > len(part):
            raise _wrong_size(name, part, f"{count:,} texts are more")
        at = begin + _LENGTH.unpack_from(part, at)[0]
        if at > len(part):
            raise _wrong_size(name, part, "a text goes beyond them")
        try:
            texts.append(part[begin:at].decode())
        except UnicodeDecodeError:
            sentence = f"Input {shown(name)}: text {len(texts)} is not UTF-8."
            raise Refusal("invalid-question", sentence) from None
    if at != len(part):
        raise _wrong_size(name, part, f"its {count:,} texts are {at:,}")
    return texts


def _wrong_size(name: str, part: bytes, right: str) -> Refusal:
    return Refusal("invalid-question", f"Input {shown(name)} has {len(part):,} bytes of binary data; {right}.")


def written(datatype: str, values: Sequence[Any]) -> bytes:
    """Write the elements of a tensor."""
    if datatype != BYTES:
        return np.array(values, NUMPY_TYPES[datatype]).tobytes()
    return b"".join(_LENGTH.pack(len(text)) + text for text in map(str.encode, values))
