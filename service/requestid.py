"""Request ids: the caller's where it is fit to be logged and sent back, otherwise one of ours."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

LIMIT_CHARACTERS = 128
_BYTES, _DRAWN_AT_ONCE = 16, 256
_FIT = re.compile(rb"[\x21-\x7e]{1,%d}" % LIMIT_CHARACTERS)


def request_id(sent: bytes | None) -> str:
    """Return the id of a request, whose X-Request-ID header was ``sent``.

    It is taken over when it has 1 to 128 visible ASCII characters; so it can break no log line and no header.
    """
    if sent is not None and _FIT.fullmatch(sent):
        return sent.decode("ascii")
    return next(_ours)


def _made_up() -> Iterator[str]:
    """Give random ids; many are drawn at once, for each drawing is a system call."""
    while True:
        drawn = os.urandom(_BYTES * _DRAWN_AT_ONCE).hex()
        for at in range(0, len(drawn), 2 * _BYTES):
            yield drawn[at : at + 2 * _BYTES]


_ours = _made_up()
