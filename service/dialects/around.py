"""Records in an object whose one member they are: what is inside is read as ``/predict`` reads a body."""

from __future__ import annotations

import re

_SPACE = b" \t\n\r"


class Around:
    """Knows by which names the array of records may go."""

    def __init__(self, *names: str) -> None:
        """Take the names."""
        parts = (b"", rb"\{", b'"(?:%b)"' % "|".join(map(re.escape, names)).encode(), b":", rb"(?=\[)")
        self._begin = re.compile(rb"[ \t\n\r]*+".join(parts))

    def inside(self, body: bytes) -> bytes | None:
        """Return the array of records, if a body is nothing but an object around one.

        If it is more than that, what is returned is no JSON: the array's bracket is not the last one.
        """
        begin, end = self._begin.match(body), body.rfind(b"]") + 1
        if begin is None or body[end:].strip(_SPACE) != b"}":
            return None
        return body[begin.end() : end]
