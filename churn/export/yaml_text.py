"""Plain data -> the YAML of ``MLmodel`` and of environments: nested mappings, lists of texts, and scalars as JSON.

A scalar of JSON is one of YAML, but for characters that YAML allows in an escaped form only, and for 1e-05.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def to_yaml(data: Mapping[str, Any]) -> str:
    """Write a mapping to scalars, lists and such mappings as YAML, one line for each entry.

    Its keys are plain words, which YAML takes for texts.
    """
    return "".join(f"{line}\n" for line in _mapping_lines(data, ""))


def _mapping_lines(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry_lines(f"{indent}{key}:", value, indent)


def _entry_lines(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield head
        yield from _mapping_lines(value, f"{indent}  ")
    elif isinstance(value, list):
        yield head
        for item in value:
            yield from _item_lines(item, indent)
    else:
        yield f"{head} {_scalar(value)}"


def _item_lines(item: Any, indent: str) -> Iterator[str]:
    if not isinstance(item, Mapping):
        yield f"{indent}- {_scalar(item)}"
        return
    mark = "- "  # before the first entry; the others stand under it
    for line in _mapping_lines(item, ""):
        yield f"{indent}{mark}{line}"
        mark = "  "


def _scalar(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if isinstance(value, float) and "." not in text:
        text = text.replace("e", ".0e")  # YAML takes 1e-05 for a text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    """Return YAML's escape with four digits, or with eight where JSON writes two: YAML has no pairs of surrogates."""
    return f"\\u{ord(char):04x}" if ord(char) < 0x1_0000 else f"\\U{ord(char):08x}"
