"""Request ids: the caller's where it is fit to be logged and sent back, otherwise one of ours."""

from __future__ import annotations

import os
import re

LIMIT_CHARACTERS = 128
_FIT = re.compile(rb"[\x21-\x7e]{1,%d}" % LIMIT_CHARACTERS)


def request_id(sent: bytes | None) -> str:
    """Return the id of a request, whose X-Request-ID header was ``sent``.

    It is taken over when it has 1 to 128 visible ASCII characters; so it can break no log line and no header.
    """
    if sent is not None and _FIT.fullmatch(sent):
        return sent.decode("ascii")
    return os.urandom(16).hex()
