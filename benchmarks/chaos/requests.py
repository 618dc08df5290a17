"""Requests as bytes, and how to see that an answer is whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"connection: close", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; ``closes`` says that no other will come on its connection."""

    status: int
    closes: bool
    head: bytes


def post(payload: object, path: str = "/predict", *headers: str) -> bytes:
    """Return a request that sends ``payload`` as JSON, with further ``headers`` such as "Connection: close"."""
    body = json.dumps(payload).encode()
    own = "".join(f"{header}\r\n" for header in headers)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{own}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    """Return a request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def whole(received: bytes) -> Answer | None:
    """Return the answer that the bytes are, None while some of it has not come; there has to be a Content-Length."""
    end = received.find(_HEAD_END)
    length = _LENGTH.search(received, 0, end) if end >= 0 else None
    if length is None or len(received) < end + len(_HEAD_END) + int(length[1]):
        return None
    head = received[:end]
    return Answer(int(head[9:12]), _CLOSES.search(head) is not None, head)
