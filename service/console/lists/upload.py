"""A file as it is sent, onto the disk piece by piece; it is never held in memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from service.api.body import next_of
from service.problems import Refusal

SUFFIXES = (".csv", ".parquet", ".arrow")
_GATHERED_BYTES = 1 << 20


def check_name(name: str) -> str:
    """Return the suffix of a file's name.

    Raises:
        Refusal: it is not that of a table.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refusal(
            "unsupported-media-type", f"The file is named {name[:80]!r}; a table's name ends in {', '.join(SUFFIXES)}."
        )
    return suffix


def check_length(length: str | None, limit_bytes: int) -> None:
    """Judge the declared length, before anything is read.

    Raises:
        Refusal: it is too large.
    """
    if length is not None and length.isdecimal() and int(length) > limit_bytes:
        raise _too_large(f"has {int(length):,} bytes", limit_bytes)


async def receive(pieces: AsyncIterator[bytes], path: Path, limit_bytes: int) -> None:
    """Write the pieces of a file to ``path``.

    Raises:
        Refusal: there are too many, or none, or the next does not come.
    """
    size_bytes = gathered_bytes = 0
    gathered: list[bytes] = []
    with path.open("xb") as file:
        while (piece := await next_of(anext(pieces, None))) is not None:
            gathered.append(piece)
            size_bytes += len(piece)
            gathered_bytes += len(piece)
            if size_bytes > limit_bytes:
                raise _too_large("goes on", limit_bytes)
            if gathered_bytes >= _GATHERED_BYTES:
                await asyncio.to_thread(file.writelines, gathered)
                os.utime(path.parent)  # a list that is still being sent is in use
                gathered, gathered_bytes = [], 0
        await asyncio.to_thread(file.writelines, gathered)
    if not size_bytes:
        raise Refusal("invalid-question", "The file is empty; send a table with a line of column names.")


def _too_large(what: str, limit_bytes: int) -> Refusal:
    return Refusal(
        "too-large",
        f"The file {what}; the limit is {limit_bytes:,} bytes. Score it with churn-score, which takes a file of any "
        "size, or start the service with a larger --list-limit-mb.",
    )
