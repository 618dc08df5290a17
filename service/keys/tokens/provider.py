"""The provider's keys in force: asked for again every five minutes, and when a token names one that is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from time import monotonic

from churn.errors import BadInput
from service.beside import beside
from service.keys.tokens.aside import aside
from service.keys.tokens.key import Keys, same_keys
from service.logs import Log, stack

REFRESH_S = 300.0
PAUSE_S = 10.0
"""At least so long between two questions, whatever tokens come: who makes up names of keys must not hammer it."""

PATIENCE_S = 5.0
"""How long a request waits for the provider's answer."""


class Provider:
    """Holds ``keys``, which is replaced whole when they change, and is None until they were read for the first time.

    When they cannot be read, those that are known stay in force.
    """

    def __init__(self, load: Callable[[], Keys], log: Log, now_s: Callable[[], float] = monotonic) -> None:
        """``load`` asks the provider, in a thread; ``now_s`` can be replaced by tests."""
        self.keys: Keys | None = None
        self._load = load
        self._log = log
        self._now_s = now_s
        self._next_s = now_s()
        self._asking: asyncio.Task[None] | None = None
        self._complaint: str | None = None

    @property
    def wait_s(self) -> float:
        """After how many seconds the provider may be asked again."""
        return max(0.0, self._next_s - self._now_s())

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Ask at once, and again and again."""
        return beside(self._watch())

    async def _watch(self) -> None:
        try:
            while True:
                await self.refresh()
                await asyncio.sleep(PAUSE_S if self.keys is None or self._complaint else REFRESH_S)
        finally:
            if self._asking is not None:
                self._asking.cancel()

    async def refresh(self) -> None:
        """Have the provider asked, unless that was done a moment ago, and wait a while for its answer."""
        if self._asking is None and not self.wait_s:
            self._next_s = self._now_s() + PAUSE_S
            self._asking = asyncio.create_task(self._ask())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=PATIENCE_S)

    async def _ask(self) -> None:
        try:
            self._take(await aside(self._load))
        except BadInput as error:
            self._complain(str(error))
        except Exception as error:  # noqa: BLE001  whatever it was, the provider is asked again
            self._log.event("error", "oidc", exception=type(error).__name__, stack=stack(error))
        finally:
            self._asking = None

    def _take(self, keys: Keys) -> None:
        is_new = self.keys is None or not same_keys(self.keys, keys)
        if is_new:
            self.keys = keys
        if is_new or self._complaint:
            self._log.event("info", "oidc", keys=len(keys))
        self._complaint = None

    def _complain(self, sentence: str) -> None:
        if sentence != self._complaint:
            without = "Until then no token can be judged." if self.keys is None else "The keys stay as they were."
            self._log.event("warning", "oidc", sentence=f"{sentence} {without}")
        self._complaint = sentence
