"""Counting: additions to plain numbers. Prometheus' objects are made of them when somebody reads the metrics."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from service.metrics.layout import BUCKETS_S, DURATION_SUM, REFUSED, SCORED, WARNINGS, Layout
from service.metrics.slots import Slot, numbers_in_a_slot, private_slot


class Metrics:
    """Requests, records, durations and warnings. Counts for one worker, tells of all."""

    def __init__(self, routes: Iterable[str], slot: Slot | None = None) -> None:
        """``routes`` are the known ones; ``slot`` is this worker's, or None for a service of one process."""
        from service.metrics.exposition import Exposition  # heavy: only a process that serves imports it

        layout = Layout(routes, numbers_in_a_slot())
        self._slot = private_slot() if slot is None else slot
        self._slot.take(os.getpid())
        self._counts = self._slot.counts
        self._starts = layout.starts
        self._exposition = Exposition(layout, self._slot)

    def request(self, route: str, status: int, duration_s: float) -> None:
        """Count one answered request; ``route`` is a known one or ``other``."""
        counts = self._counts
        start = self._starts[route]
        counts[start + status] += 1
        counts[start + bisect_left(BUCKETS_S, duration_s)] += 1
        counts[start + DURATION_SUM] += duration_s

    def records(self, scored: int, refused: int, warnings: Mapping[str, int]) -> None:
        """Count the records of one request, and its warnings by code."""
        counts = self._counts
        if scored:
            counts[SCORED] += scored
        if refused:
            counts[REFUSED] += refused
        if warnings:
            for code, count in warnings.items():
                counts[WARNINGS[code]] += count

    def tell_ready(self, ready: bool) -> None:  # noqa: FBT001  it is told, and nothing else is
        """Say whether this worker is ready, whenever that changes; safe in a signal handler."""
        self._slot.tell_ready(ready)

    def expose(self) -> bytes:
        """Return the metrics of all workers in the Prometheus text format."""
        self._slot.take(os.getpid())  # again, for a service of one process may have been forked after it was made
        return self._exposition.text()
