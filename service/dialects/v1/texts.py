"""Texts that come as ``{"b64": ...}``, as TensorFlow Serving has whatever may be no UTF-8."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Any

from churn.errors import shown
from service.dialects.errors import wrong

_MEMBER = "b64"
_MARK = b'"b64"'


def may_be_encoded(body: bytes) -> bool:
    """Say whether any text of a body may be encoded; most have none, and need not be gone through."""
    return _MARK in body


def decoded_row(index: int, row: Any) -> Any:
    """Return an instance with its encoded texts as texts; what is no object stays, to be refused with what it was.

    Raises:
        Refusal: one is no base64, or of a text that is not UTF-8.
    """
    if not isinstance(row, dict):
        return row
    return {name: _decoded(f"Instance {index}, {shown(name)},", value) for name, value in row.items()}


def decoded_column(name: str, values: Sequence[Any]) -> list[Any]:
    """Return the values of an input with its encoded texts as texts.

    Raises:
        Refusal: as ``decoded_row``.
    """
    return [_decoded(f"Input {shown(name)}, value {index},", value) for index, value in enumerate(values)]


def _decoded(where: str, value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != {_MEMBER}:
        return value
    sent = value[_MEMBER]
    try:
        return binascii.a2b_base64(sent, strict_mode=True).decode()
    except UnicodeDecodeError:
        raise wrong(f"{where} is base64 of what is not UTF-8; a text here is UTF-8") from None
    except (TypeError, ValueError):  # binascii.Error is one, and so is what a text beyond ASCII raises
        said = (
            f'{where} has {shown(sent)} as "b64"; that is no base64, which has A-Z, a-z, 0-9, + and / and ends with ='
        )
        raise wrong(said) from None
