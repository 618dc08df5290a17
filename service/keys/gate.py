"""Judges, before a body is read, whether a request may be asked: its key or token, the scope of its path, its rate."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from service.keys.challenge import CHALLENGE, INVALID, unauthorized
from service.keys.file import ADMIN, EXPLAIN, METRICS, PREDICT, PREFIX, digest_of
from service.keys.ring import Caller, KeyRing
from service.logs import Log
from service.problems import Refusal

if TYPE_CHECKING:  # it needs PyJWT, which is there where tokens are asked for
    from service.keys.tokens.bearers import Bearers

NEEDED: Mapping[str, str] = {
    "/predict": PREDICT,
    "/decide": PREDICT,
    "/whatif": PREDICT,
    "/explain": EXPLAIN,
    "/metrics": METRICS,
}
"""The scope that a path needs; what begins with /console/ and is no file of the page needs ``admin``."""

_TOLD = ("/docs", "/openapi.json", "/openapi-3.0.json", "/swagger-2.0.json", "/schema", "/model")
OPEN = frozenset(("/", "/report", *_TOLD, "/health/live", "/health/ready"))
OPEN_BELOW = ("/docs/", "/console/assets/")
"""What needs no key. A path that is not named here or above needs one, whichever: so nothing is open by oversight."""

_RATED = frozenset((PREDICT, EXPLAIN))
_KEY_BYTES = len(PREFIX) + 43
_BEARER = b"bearer "
_TOLD_AFTER_S = 1.0
_HOW = "Send it as Authorization: Bearer KEY, or as X-API-Key: KEY."
_HOW_BEARER = "Send it as Authorization: Bearer TOKEN."
_HOW_BOTH = "Send a key as Authorization: Bearer KEY or X-API-Key: KEY, or a token as Authorization: Bearer TOKEN."
_KEY = PREFIX.encode()
_DOTS = 2


class Gate:
    """Lets in who may ask what is asked, and tells the log of the others: how many, at most once a second."""

    def __init__(
        self,
        ring: KeyRing | None,
        log: Log,
        bearers: Bearers | None = None,
        needed: Mapping[str, str] = NEEDED,
        open_paths: frozenset[str] = OPEN,
    ) -> None:
        """Take the keys in force, or the callers of tokens, or both; what each path needs, and which need nothing."""
        self._needed = needed
        self._open_paths = open_paths
        self.ring = ring
        self.bearers = bearers
        self._log = log
        self._denied: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Keep keys, and those of the provider, as they are meant to be while the block runs."""
        async with AsyncExitStack() as stack:
            if self.ring is not None:
                await stack.enter_async_context(self.ring.watching())
            if self.bearers is not None:
                await stack.enter_async_context(self.bearers.provider.watching())
            yield

    async def learn(self) -> None:
        """Have the provider asked for the key of a token that is not known, if it may be asked again by now."""
        if self.bearers is not None:
            await self.bearers.provider.refresh()

    def admit(self, path: str, query: bytes, headers: Mapping[bytes, bytes], *, verifies: bool = True) -> Caller | None:
        """Return who asks; None where nobody has to say.

        A token that was not verified before is verified here, unless ``verifies`` is False: then it is refused.

        Raises:
            Refusal: no key or token says who asks (401), it is not for this (403), or its rows are used up (429).
            UnknownKey: the provider may know the key of the token by now.
        """
        if path in self._open_paths or path.startswith(OPEN_BELOW):
            return None
        caller = self._caller(headers, verifies=verifies)
        scope = ADMIN if path.startswith("/console/") else self._needed.get(path)
        if scope is not None and not caller.may(scope):
            raise forbidden(path, scope)
        if query and path == "/predict" and not caller.may(EXPLAIN) and _asks_for_reasons(query):
            raise forbidden("explain= of /predict", EXPLAIN)
        if scope in _RATED and caller.bucket is not None and (wait_s := caller.bucket.take()):
            raise _over_the_rate(caller.bucket.rows_a_minute, wait_s)
        return caller

    def _caller(self, headers: Mapping[bytes, bytes], *, verifies: bool) -> Caller:
        """Return whose key or token it is."""
        sent = headers.get(b"authorization", b"")
        bearer = sent[len(_BEARER) :] if sent[: len(_BEARER)].lower() == _BEARER else None
        if self.bearers is not None and bearer is not None and not bearer.startswith(_KEY):
            if bearer.count(b".") == _DOTS:
                return self.bearers.caller(bearer) if verifies else self.bearers.remembered(bearer)
            if self.ring is None:
                raise unauthorized(f"What the request sends is no token of three parts. {_HOW_BEARER}", INVALID)
        key = headers.get(b"x-api-key") if bearer is None else bearer
        if key is None or self.ring is None:
            raise unauthorized(self._missing(), CHALLENGE)
        return self._of_key(self.ring, key)

    def _missing(self) -> str:
        if self.bearers is None:
            return f"This needs an API key, and the request has none. {_HOW}"
        if self.ring is None:
            return f"This needs a token of the identity provider, and the request has none. {_HOW_BEARER}"
        return f"This needs an API key or a token of the identity provider, and the request has neither. {_HOW_BOTH}"

    def _of_key(self, ring: KeyRing, key: bytes) -> Caller:
        """Return whose key it is.

        The digest is looked up, never the key. How long that takes may depend on the digests that are known; but
        nobody can choose a key by its digest, so it tells nothing that brings a caller nearer to a key.
        """
        caller = ring.callers.get(digest_of(key)) if len(key) == _KEY_BYTES else None
        if caller is None:
            how = _HOW if self.bearers is None else _HOW_BOTH
            sentence = f"The API key of the request is not one that is known here, or it was revoked. {how}"
            raise unauthorized(sentence, INVALID)
        return caller

    def note_denied(self, kind: str) -> None:
        """Count a request that was not let in, by the kind of problem, and tell the log soon."""
        self._denied[kind] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TOLD_AFTER_S, self.tell)

    def tell(self) -> None:
        """Tell the log how many were not let in since it was told last."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        denied, self._denied = self._denied, Counter()
        if denied:
            counts = {kind.replace("-", "_"): count for kind, count in denied.items()}
            self._log.event("warning", "denied", **counts)


def _asks_for_reasons(query: bytes) -> bool:
    """Say whether a query has the parameter, read as the endpoint reads it: it may be written with %."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    return any(name == "explain" for name, _ in given)


def check_once(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Judge a request in which a header stands twice.

    Raises:
        Refusal: it is one that says who asks; a proxy in front may have judged the other one.
    """
    for name in (b"authorization", b"x-api-key"):
        if sum(given == name for given, _ in headers) > 1:
            raise unauthorized(f"The request has the header {name.decode().title()} twice; send one.", INVALID)


def forbidden(what: str, scope: str) -> Refusal:
    """Return the refusal of a request whose key or token lacks a scope."""
    return Refusal(
        "forbidden",
        f'{what} needs the scope "{scope}", which the key or token of the request does not have.',
        headers={"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
    )


def _over_the_rate(rows_a_minute: float, wait_s: float) -> Refusal:
    return Refusal(
        "rate-limited",
        f"The caller asks about more than {rows_a_minute:,.10g} rows a minute. Ask again in {math.ceil(wait_s)} s.",
        headers={"Retry-After": str(math.ceil(wait_s))},
    )
