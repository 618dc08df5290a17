"""Everything that can go wrong with a request, as problem documents (RFC 9457).

``PROBLEMS`` is the one list: the answers, OpenAPI and the table in /docs are made from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from churn.errors import Problem
from service.reply import Reply

PROBLEM_JSON = b"application/problem+json"
PROBLEMS_LIMIT = 1_000
"""Problems of records listed in one answer; all are counted, but an answer must not outgrow the request by orders."""

PROBLEMS_LIMIT_BYTES = 256 * 1024
"""And their size together, as JSON."""

LISTED = f"at most {PROBLEMS_LIMIT:,} problems, and {PROBLEMS_LIMIT_BYTES // 1024} KB of them"
"""The same in words."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: the HTTP status, a short title, and what a caller can do about it."""

    status: int
    title: str
    remedy: str


PROBLEMS: Mapping[str, Kind] = {
    "malformed-json": Kind(400, "The body is not JSON", "Send JSON in UTF-8; the detail says where it breaks off."),
    "invalid-header": Kind(400, "A header is wrong", "The detail says what is right."),
    "malformed-http": Kind(400, "The request is not HTTP", "Send HTTP/1.1, or HTTPS where there is a certificate."),
    "unauthorized": Kind(401, "The request has no key that is known", "Send an API key or token; the detail says how."),
    "forbidden": Kind(
        403, "The key is not for this", "Ask the operator for a key or token with the scope in the detail."
    ),
    "not-found": Kind(404, "There is nothing at this path", "See /docs for the paths."),
    "method-not-allowed": Kind(405, "This path does not take this method", "The Allow header says which it takes."),
    "body-timeout": Kind(408, "The request did not arrive in time", "Send the request again, to another instance."),
    "deadline-passed": Kind(408, "The answer would come too late", "Try again later, or allow more time."),
    "in-progress": Kind(409, "The same request is being answered", "Try again after the seconds in Retry-After."),
    "too-large": Kind(413, "The request is too large", "Split it into several requests."),
    "uri-too-long": Kind(414, "The address is too long", "Shorten it; /predict takes all else in the body."),
    "too-busy": Kind(429, "Too much waits to be answered", "Try again after the seconds in Retry-After."),
    "rate-limited": Kind(429, "The caller asks too much", "Try again after the seconds in Retry-After."),
    "unsupported-media-type": Kind(415, "The body is of a type that is not read here", "Send application/json."),
    "invalid-parameters": Kind(422, "A query parameter is wrong", "The detail says what is right."),
    "invalid-records": Kind(
        422,
        "Customer records are wrong",
        f"errors lists {LISTED}, the first of each record before any other; the detail says how many there are. "
        "on_error=report scores the other records.",
    ),
    "idempotency-key-reused": Kind(422, "The Idempotency-Key is another request's", "Send each request with its own."),
    "invalid-question": Kind(422, "The question is wrong", "The detail says what is right; /docs shows an example."),
    "headers-too-large": Kind(431, "The headers are too large", "Send fewer or shorter ones; cookies are not needed."),
    "internal-error": Kind(500, "The service failed", "Tell the operator the request id; it is in the service's log."),
    "no-reasons": Kind(501, "The bundle gives no reasons", "Train it again with churn-train, and serve the new one."),
    "not-recorded": Kind(503, "The answer could not be recorded", "Try again after the seconds in Retry-After."),
    "no-lists": Kind(501, "Lists cannot be scored here", "The detail says what is missing."),
    "not-ready": Kind(503, "The service is not ready", "Try again after the seconds in Retry-After."),
}


class Refusal(Exception):
    """A request that cannot be answered as asked; ``kind`` is a key of ``PROBLEMS``."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        problems: Sequence[Problem] = (),
        records: int = 0,
        headers: Mapping[str, str] | None = None,
        listing: str = "",
    ) -> None:
        """Take the sentence for the caller, and the problems of the records that are listed, if there are any.

        ``listing`` says how many of them that are, where it is not all; who lists others leaves it out.
        """
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.problems = problems
        self.records = records
        self.headers = headers or {}
        self.listing = listing

    def reply(self, instance: str) -> Reply:
        """Write the answer; ``instance`` is the request id."""
        kind = PROBLEMS[self.kind]
        document: dict[str, Any] = {
            "type": f"/docs#{self.kind}",
            "title": kind.title,
            "status": kind.status,
            "detail": " ".join(filter(None, (self.detail, self.listing))),
            "instance": instance,
        }
        text = dump(document)
        if self.problems:
            text = f'{text[:-1]},"errors":[{",".join(map(problem_text, self.problems))}]}}'
        # A lone surrogate cannot be written as UTF-8; it can only come from a shortened value, and shows as "?".
        body = text.encode("utf-8", "replace")
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        return Reply(kind.status, body, PROBLEM_JSON, headers, refused=self.records)


def problem_text(problem: Problem) -> str:
    """Return one problem of one record as JSON."""
    return dump(
        {
            "index": problem.record,
            "field": problem.field,
            "received": problem.received,
            "expected": problem.expected,
            "message": problem.sentence(),
        }
    )


dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def internal_error() -> Refusal:
    """Return the refusal that says no more than that we failed."""
    return Refusal(
        "internal-error", "The service failed on this request; nothing is wrong with it that you could mend."
    )


def stopping() -> Refusal:
    """Return the refusal of a request that a stop no longer waits for."""
    return Refusal("body-timeout", "The service is stopping, and the request was not complete.")


def by_status(status: int, headers: Mapping[str, str] | None = None) -> Refusal:
    """Return the refusal for a status that the web framework decided on (404, 405 and the like)."""
    kind = next((name for name, known in PROBLEMS.items() if known.status == status), "internal-error")
    return Refusal(kind, f"{PROBLEMS[kind].title}. {PROBLEMS[kind].remedy}", headers=headers)
