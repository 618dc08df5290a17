"""Judges, before a body is read, whether a request may be asked: its key, the scope that its path needs, its rate."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qsl

from service.keys.file import ADMIN, EXPLAIN, METRICS, PREDICT, PREFIX, digest_of
from service.keys.ring import Caller, KeyRing
from service.logs import Log
from service.problems import PROBLEMS, Refusal

NEEDED: Mapping[str, str] = {
    "/predict": PREDICT,
    "/decide": PREDICT,
    "/whatif": PREDICT,
    "/explain": EXPLAIN,
    "/metrics": METRICS,
}
"""The scope that a path needs; what begins with /console/ and is no file of the page needs ``admin``."""

OPEN = frozenset(("/", "/report", "/docs", "/openapi.json", "/schema", "/model", "/health/live", "/health/ready"))
OPEN_BELOW = ("/docs/", "/console/assets/")
"""What needs no key. A path that is not named here or above needs one, whichever: so nothing is open by oversight."""

_RATED = frozenset((PREDICT, EXPLAIN))
_KEY_BYTES = len(PREFIX) + 43
_BEARER = b"bearer "
_TOLD_AFTER_S = 1.0
_HOW = "Send it as Authorization: Bearer KEY, or as X-API-Key: KEY."
_CHALLENGE = 'Bearer realm="churn"'
_TOLD = {PROBLEMS[kind].status: kind for kind in ("unauthorized", "forbidden", "rate-limited")}


class Gate:
    """Lets in who has a key for what is asked, and tells the log of the others: how many, at most once a second."""

    def __init__(self, ring: KeyRing, log: Log) -> None:
        """Take the keys in force."""
        self.ring = ring
        self._log = log
        self._denied: Counter[int] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, path: str, query: bytes, headers: Mapping[bytes, bytes]) -> Caller | None:
        """Return who asks; None where nobody has to say.

        Raises:
            Refusal: there is no key that is known (401), it is not for this (403), or its rows are used up (429).
        """
        if path in OPEN or path.startswith(OPEN_BELOW):
            return None
        caller = self._caller(headers)
        scope = _needed(path)
        if scope is not None and not caller.may(scope):
            raise forbidden(path, scope)
        if query and path == "/predict" and not caller.may(EXPLAIN) and _asks_for_reasons(query):
            raise forbidden("explain= of /predict", EXPLAIN)
        if scope in _RATED and caller.bucket is not None and (wait_s := caller.bucket.take()):
            raise _over_the_rate(caller.bucket.rows_a_minute, wait_s)
        return caller

    def _caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Return whose key it is.

        The digest is looked up, never the key. How long that takes may depend on the digests that are known; but
        nobody can choose a key by its digest, so it tells nothing that brings a caller nearer to a key.
        """
        sent = headers.get(b"authorization", b"")
        key = sent[len(_BEARER) :] if sent[: len(_BEARER)].lower() == _BEARER else headers.get(b"x-api-key")
        if key is None:
            raise _unauthorized(f"This needs an API key, and the request has none. {_HOW}", _CHALLENGE)
        caller = self.ring.callers.get(digest_of(key)) if len(key) == _KEY_BYTES else None
        if caller is None:
            sentence = f"The API key of the request is not one that is known here, or it was revoked. {_HOW}"
            raise _unauthorized(sentence, f'{_CHALLENGE}, error="invalid_token"')
        return caller

    def note_denied(self, status: int) -> None:
        """Count a request that was not let in, and tell the log soon."""
        self._denied[status] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TOLD_AFTER_S, self.tell)

    def tell(self) -> None:
        """Tell the log how many were not let in since it was told last."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        denied, self._denied = self._denied, Counter()
        if denied:
            counts = {_TOLD[status].replace("-", "_"): count for status, count in denied.items()}
            self._log.event("warning", "denied", **counts)


def _needed(path: str) -> str | None:
    return ADMIN if path.startswith("/console/") else NEEDED.get(path)


def _asks_for_reasons(query: bytes) -> bool:
    """Say whether a query has the parameter, read as the endpoint reads it: it may be written with %."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    return any(name == "explain" for name, _ in given)


def _unauthorized(sentence: str, challenge: str) -> Refusal:
    return Refusal("unauthorized", sentence, headers={"WWW-Authenticate": challenge})


def forbidden(what: str, scope: str) -> Refusal:
    """Return the refusal of a request whose key lacks a scope."""
    return Refusal(
        "forbidden",
        f'{what} needs a key with the scope "{scope}", which the key of the request does not have.',
        headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
    )


def _over_the_rate(rows_a_minute: float, wait_s: float) -> Refusal:
    return Refusal(
        "rate-limited",
        f"The key has asked about more than {rows_a_minute:,.10g} rows a minute. Ask again in {math.ceil(wait_s)} s.",
        headers={"Retry-After": str(math.ceil(wait_s))},
    )
