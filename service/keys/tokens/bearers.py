"""The callers of tokens: each token is verified once, and known by its SHA-256 until it expires."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from service.keys.bucket import Bucket
from service.keys.file import digest_of
from service.keys.ring import Caller
from service.keys.tokens.judge import Bearer, Judge
from service.keys.tokens.key import Keys
from service.keys.tokens.provider import Provider
from service.keys.tokens.refusals import no_keys_yet, unknown_key, wrong_token

MOST_BYTES = 8 * 1024
MOST_KNOWN = 1_024
MOST_BUCKETS = 10_000


class Bearers:
    """Gives the caller of a token.

    A verification takes a hundred times as long as looking a token up. What is known is forgotten when the provider's
    keys change, so that nothing outlives the key that signed it.
    """

    def __init__(
        self,
        provider: Provider,
        judge: Judge,
        rate_rows: float | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """``rate_rows`` is how many rows a minute each subject may ask about here; ``now_s`` is for tests."""
        self.provider = provider
        self._judge = judge
        self._rate_rows = rate_rows
        self._now_s = now_s
        self._keys: Keys | None = None
        self._known: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def remembered(self, token: bytes) -> Caller:
        """Return who a token is of that was verified before; the quick way.

        Raises:
            Refusal: it has to be verified.
        """
        caller = self._look_up(_digest(token))
        if caller is None:
            raise wrong_token("has not been verified yet")
        return caller

    def caller(self, token: bytes) -> Caller:
        """Return who a token is of.

        Raises:
            Refusal: it does not count (401).
            UnknownKey: its key is not known (401), or no key is, yet (503).
        """
        digest = _digest(token)
        known = self._look_up(digest)
        if known is not None:
            return known
        bearer = self._verified(token)
        caller = Caller(bearer.subject[1], bearer.scopes, self._bucket(bearer.subject))
        self._known[digest] = (bearer.until_s, caller)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return caller

    def _look_up(self, digest: bytes) -> Caller | None:
        if self.provider.keys is not self._keys:
            self._keys = self.provider.keys
            self._known.clear()
        known = self._known.get(digest)
        if known is None:
            return None
        if self._now_s() < known[0]:
            return known[1]
        del self._known[digest]
        return None

    def _verified(self, token: bytes) -> Bearer:
        kid = self._judge.key_name(token)
        if self._keys is None:
            raise no_keys_yet(max(1, math.ceil(self.provider.wait_s)))
        key = self._keys.get(kid)
        if key is None:
            raise unknown_key(kid)
        return self._judge.bearer(token, key)

    def _bucket(self, subject: tuple[str, str]) -> Bucket | None:
        """Return the bucket that all tokens of a subject share; the one that was looked for least lately is let go."""
        if self._rate_rows is None:
            return None
        bucket = self._buckets.setdefault(subject, Bucket(self._rate_rows))
        self._buckets.move_to_end(subject)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return bucket


def _digest(token: bytes) -> bytes:
    """Return by what a token is remembered; one that is too long is refused before anything is made of it."""
    if len(token) > MOST_BYTES:
        raise wrong_token(f"has more than the {MOST_BYTES:,} bytes that one may have")
    return digest_of(token)
