"""A dialect as a whole: what is posted to which path, what can be read, and how it says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.api.door import Request
from service.dialects.call import Call
from service.problems import Refusal, by_status, dump
from service.reply import Reply

Reading = Callable[[], Reply]
"""Answers a GET. What is read needs no API key, as ``/model`` needs none."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """``calls`` and ``readings`` by path; in log and counts they are all ``label``.

    ``prefix`` is what all that may be asked begins with: what is not there is refused in the dialect's form, too. It is
    None where the paths are of the service itself. ``missing`` says of a path what there is instead.
    """

    label: str
    prefix: str | None
    calls: Mapping[str, Call]
    readings: Mapping[str, Reading]
    refuse: Callable[[Refusal, str], Reply]
    missing: Callable[[str], Refusal] = lambda _: by_status(404)


def written(document: Mapping[str, Any]) -> Reply:
    """Write what is read."""
    return Reply(200, dump(document).encode())


class ReadingEndpoint:
    """One path that is read."""

    def __init__(self, path: str, reading: Reading) -> None:
        """Take what answers."""
        self._path = path
        self._reading = reading

    async def __call__(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Refusal: it is no GET, or what is asked for is not so.
        """
        if request.method not in {"GET", "HEAD"}:
            sentence = f"{self._path} takes GET, not {request.method}."
            raise Refusal("method-not-allowed", sentence, headers={"Allow": "GET"})
        reply = self._reading()
        return reply if request.method == "GET" else Reply(reply.status, b"", reply.content_type, reply.headers)


async def nothing_here(dialect: Dialect, request: Request) -> Reply:
    """Refuse what a dialect has no path for.

    Raises:
        Refusal: always.
    """
    raise dialect.missing(request.visit.path)
