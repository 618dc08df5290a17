"""The keys in force: those of the file, read again when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from churn.errors import BadInput
from service.beside import beside
from service.keys.bucket import Bucket
from service.keys.file import ADMIN, Key, read_keys
from service.logs import Log, stack

LOOK_EVERY_S = 1.0


class Caller:
    """Who asks: the name of a key or the subject of a token, its scopes, and its bucket where its rows are limited."""

    __slots__ = ("_scopes", "bucket", "name")

    def __init__(self, name: str, scopes: frozenset[str], bucket: Bucket | None) -> None:
        """Take who it is, what the caller may, and how much of it."""
        self.name = name
        self._scopes = scopes
        self.bucket = bucket

    def may(self, scope: str) -> bool:
        """Say whether the caller has a scope; ``admin`` has all."""
        return scope in self._scopes or ADMIN in self._scopes

    def charge(self, rows: int) -> None:
        """Note how many rows a request had."""
        if self.bucket is not None:
            self.bucket.charge(rows)


class KeyRing:
    """Gives the caller of a key. ``callers`` is by the digest of the key, and is replaced whole.

    A file that cannot be read leaves the keys in force as they are. At the start there are none, and everybody is
    refused: a worker that takes the place of a fallen one must not let in a key that was revoked meanwhile.
    """

    def __init__(self, path: Path, log: Log, rate_rows: int | None = None, workers: int = 1) -> None:
        """``rate_rows`` is the limit of a key that has none of its own, over all ``workers``."""
        self.callers: Mapping[bytes, Caller] = {}
        self._path = path
        self._log = log
        self._rate_rows = rate_rows
        self._workers = workers
        self._seen = self._look()
        self._read()

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Read the file again whenever it changes, in a thread, for its disk may be slow."""
        return beside(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception as error:  # noqa: BLE001  whatever it was, the file is looked at again
                self._log.event("error", "keys", exception=type(error).__name__, stack=stack(error))

    def refresh(self) -> None:
        """Read the file if it is another one than when it was looked at last."""
        found = self._look()
        if found != self._seen:
            self._seen = found  # before it is read, so that a change meanwhile is seen next time
            self._read()

    def _look(self) -> tuple[int, ...] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> None:
        try:
            keys = read_keys(self._path)
        except BadInput as error:
            self._log.event("warning", "keys", sentence=f"{error} Until then the keys stay as they were.")
            return
        self.callers = {key.digest: self._caller(key) for key in keys}
        self._log.event("info", "keys", count=len(keys))

    def _caller(self, key: Key) -> Caller:
        """Make a caller, with the bucket that the key had before, unless its limit is another one now."""
        rows = key.rate_rows or self._rate_rows
        if rows is None:
            return Caller(key.name, key.scopes, None)
        before = self.callers.get(key.digest)
        if before is not None and before.bucket is not None and before.bucket.rows_a_minute == rows / self._workers:
            return Caller(key.name, key.scopes, before.bucket)
        return Caller(key.name, key.scopes, Bucket(rows / self._workers))
