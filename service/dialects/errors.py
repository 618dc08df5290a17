"""The form in which most of these protocols say no: an object with one sentence."""

from __future__ import annotations

import json

from service.dialects.call import sentence_of
from service.problems import PROBLEMS, Refusal
from service.reply import JSON, Reply

_BAD_REQUEST, _UNPROCESSABLE = 400, 422
_dump = json.JSONEncoder(separators=(",", ":")).encode  # in ASCII: a shortened value may have half of a character


def refused(refusal: Refusal, _identity: str) -> Reply:
    """Write a refusal as ``{"error": ...}``; what is wrong with a request is 400 here, whatever it is."""
    status = PROBLEMS[refusal.kind].status
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    body = _dump({"error": sentence_of(refusal)}).encode()
    return Reply(_BAD_REQUEST if status == _UNPROCESSABLE else status, body, JSON, headers, refused=refusal.records)
