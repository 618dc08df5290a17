"""Something that is done again and again, by threads, while a block runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event


@contextmanager
def repeating(*actions: Callable[[], None], pause_s: float) -> Iterator[Callable[[], int]]:
    """Do each action in a thread of its own, with a pause after it; yield how often all were done by now.

    What an action raises ends it, and is raised when the block ends.
    """
    over, times = Event(), [0] * len(actions)

    def go_on(index: int) -> None:
        while not over.is_set():
            actions[index]()
            times[index] += 1
            time.sleep(pause_s)

    with ThreadPoolExecutor(len(actions)) as threads:
        ended = [threads.submit(go_on, index) for index in range(len(actions))]
        try:
            yield lambda: sum(times)
        finally:
            over.set()
    for one in ended:
        one.result()
