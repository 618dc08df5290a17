"""What stands in the head of a request: the query, the request id, the content type. A Refusal is right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.api.media import Format, format_of
from service.api.parameters import parameters
from service.problems import Refusal
from service.requestid import LIMIT_CHARACTERS
from service.requestid import request_id as identity_of
from tests.hostile.targets.target import Run

_FIELDS = 12


@contextmanager
def query(_folder: Path) -> Iterator[Run]:
    """Read a query of /predict."""

    def run(data: bytes) -> None:
        try:
            asked = parameters(data, _FIELDS)
        except Refusal as refusal:
            _judge(refusal, "invalid-parameters")
        else:
            assert 0 <= asked.explain <= _FIELDS

    yield run


@contextmanager
def request_id(_folder: Path) -> Iterator[Run]:
    """Take over a request id, or make one up: either way it can break no log line and no header."""

    def run(data: bytes) -> None:
        found = identity_of(data)
        assert 1 <= len(found) <= LIMIT_CHARACTERS
        assert all("!" <= character <= "~" for character in found)

    yield run


@contextmanager
def content_type(_folder: Path) -> Iterator[Run]:
    """Judge a content type and, where there is a second line, a content encoding."""

    def run(data: bytes) -> None:
        name, newline, encoding = data.partition(b"\n")
        try:
            assert format_of(name, encoding if newline else None) is Format.JSON
        except Refusal as refusal:
            _judge(refusal, "unsupported-media-type")

    yield run


def _judge(refusal: Refusal, right: str) -> None:
    assert refusal.kind == right
    assert len(refusal.reply("id").body) < 4 * 1024
    for name, value in refusal.headers.items():
        assert (name + value).isprintable()
