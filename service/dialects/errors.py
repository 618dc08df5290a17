"""The form in which most of these protocols say no: an object with one sentence."""

from __future__ import annotations

import json

from service.dialects.call import sentence_of
from service.problems import PROBLEMS, Refusal
from service.reply import JSON, Reply

_BAD_REQUEST, _UNPROCESSABLE = 400, 422
_dump = json.JSONEncoder(separators=(",", ":")).encode  # in ASCII: a shortened value may have half of a character


def status_of(refusal: Refusal) -> int:
    """Return the status of a refusal; what is wrong with a request is 400 here, whatever it is."""
    status = PROBLEMS[refusal.kind].status
    return _BAD_REQUEST if status == _UNPROCESSABLE else status


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    """Return the headers of a refusal, as they are sent."""
    return [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]


def refused(refusal: Refusal, _identity: str) -> Reply:
    """Write a refusal as ``{"error": ...}``."""
    body = _dump({"error": sentence_of(refusal)}).encode()
    return Reply(status_of(refusal), body, JSON, headers_of(refusal), refused=refusal.records)
