"""Work in a thread that no stop waits for: what it waits for itself may never come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

Made = TypeVar("Made")


async def aside(work: Callable[[], Made]) -> Made:
    """Return what ``work`` returns, or raise what it raises. The threads of asyncio would hold up the end of the loop.

    Raises:
        Exception: whatever the work raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Made] = loop.create_future()

    def tell(set_it: Callable[[Any], None], value: Any) -> None:
        if not done.done():  # nobody waits any more
            set_it(value)

    def run() -> None:
        try:
            told: tuple[Callable[[Any], None], Any] = (done.set_result, work())
        except Exception as error:  # noqa: BLE001  it is raised where the work is awaited
            told = (done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed, and with it everybody who waited
            loop.call_soon_threadsafe(tell, *told)

    Thread(target=run, name="oidc-keys", daemon=True).start()
    return await done
