"""Counting: additions to plain numbers. Prometheus' objects are made of them when somebody reads the metrics."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping

import numpy as np

from churn.arrays import Floats
from service.metrics.layout import (
    BUCKETS_S,
    DURATION_SUM,
    PROBABILITIES,
    PROBABILITY,
    PROBABILITY_SUM,
    REFUSED,
    SCORED,
    TOGETHER,
    TOGETHER_ROWS,
    TOGETHER_SUM,
    WARNINGS,
    Layout,
)
from service.metrics.slots import Slot, numbers_in_a_slot, private_slot


class Metrics:
    """Requests, records, durations, probabilities, warnings, and what waits. Counts for one worker, tells of all."""

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

    def batch(self, probability: Floats) -> None:
        """Count what was answered in one go: the probabilities, (n,), and how many they are."""
        counts, together = self._counts, len(probability)
        counts[TOGETHER.start + bisect_left(TOGETHER_ROWS, together)] += 1
        counts[TOGETHER_SUM] += together
        if together == 1:  # the most frequent, for which NumPy takes several times as long
            one = float(probability[0])
            counts[PROBABILITY.start + bisect_left(PROBABILITIES, one)] += 1
            counts[PROBABILITY_SUM] += one
            return
        for place, count in enumerate(np.bincount(np.searchsorted(PROBABILITIES, probability)).tolist()):
            counts[PROBABILITY.start + place] += count
        counts[PROBABILITY_SUM] += float(probability.sum())

    def tell_waiting_rows(self, rows: int) -> None:
        """Say how many records of small requests wait for their turn, whenever that changes."""
        self._slot.waiting_rows = rows

    def add_waiting_bytes(self, size_bytes: int) -> None:
        """Say that bodies of so many bytes more wait for a thread, or less where it is below 0."""
        self._slot.waiting_bytes += size_bytes

    def tell_ready(self, ready: bool) -> None:  # noqa: FBT001  it is told, and nothing else is
        """Say whether this worker is ready, whenever that changes; safe in a signal handler."""
        self._slot.tell_ready(ready)

    def expose(self, model: Mapping[str, str]) -> bytes:
        """Return the metrics of all workers in the Prometheus text format; ``model`` says what is served."""
        self._slot.take(os.getpid())  # again, for a service of one process may have been forked after it was made
        return self._exposition.text(model)
