"""The metrics as Prometheus reads them: the sums over the slots of all workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from service.metrics.layout import (
    BUCKETS,
    BUCKETS_S,
    DURATION_SUM,
    PROBABILITIES,
    PROBABILITY,
    PROBABILITY_SUM,
    REFUSED,
    SCORED,
    STATUSES,
    TOGETHER,
    TOGETHER_ROWS,
    TOGETHER_SUM,
    WARNINGS,
    Layout,
)
from service.metrics.processes import Processes
from service.metrics.slots import Slot

Numbers = NDArray[np.float64]


class Exposition(Collector):
    """The metrics of a service, in a registry of their own."""

    def __init__(self, layout: Layout, slot: Slot) -> None:
        """Take what stands where, and any one of the slots, which knows the others."""
        self._layout = layout
        self._slots = slot.all
        self._model: Mapping[str, str] = {}
        self._registry = CollectorRegistry()
        self._registry.register(Processes(self._slots))
        self._registry.register(self)

    def text(self, model: Mapping[str, str]) -> bytes:
        """Return all metrics in the Prometheus text format; ``model`` says what is served."""
        self._model = model
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Give the sums, for the registry."""
        total = self._total()
        yield self._requests(total)
        yield self._durations(total)
        records = CounterMetricFamily("churn_records", "Customer records by outcome.", labels=["outcome"])
        records.add_metric(["scored"], total[SCORED])
        records.add_metric(["refused"], total[REFUSED])
        yield records
        warnings = CounterMetricFamily("churn_warnings", "Warnings in answers.", labels=["code"])
        for code, place in WARNINGS.items():
            if total[place]:
                warnings.add_metric([code], total[place])
        yield warnings
        yield _histogram(
            "churn_probability", "Churn probabilities answered.", total, PROBABILITY, PROBABILITIES, PROBABILITY_SUM
        )
        yield _histogram(
            "churn_batch_records", "Records answered in one go, of one request or of several that came together.",
            total, TOGETHER, TOGETHER_ROWS, TOGETHER_SUM,
        )  # fmt: skip
        waiting = "small requests that wait for their turn."
        yield GaugeMetricFamily(
            "churn_queue_records", f"Records of {waiting}", sum(s.waiting_rows for s in self._slots)
        )
        yield GaugeMetricFamily(
            "churn_queue_bytes", "Bytes of bodies and questions that wait for a thread or are in one.",
            sum(slot.waiting_bytes for slot in self._slots),
        )  # fmt: skip
        yield GaugeMetricFamily("churn_ready", "1 when /health/ready answers 200.", float(self._ready()))
        yield InfoMetricFamily("churn_model", "What is served.", dict(self._model))

    def _total(self) -> Numbers:
        total = np.zeros(self._layout.size)
        for slot in self._slots:
            total += np.asarray(slot.counts[: len(total)])
        return total

    def _requests(self, total: Numbers) -> Metric:
        requests = CounterMetricFamily("churn_requests", "Requests answered.", labels=["route", "status"])
        for route, start in self._layout.starts.items():
            counts = total[start:][: STATUSES.stop]
            for status in np.flatnonzero(counts[STATUSES.start :]) + STATUSES.start:
                requests.add_metric([route, str(status)], counts[status])
        return requests

    def _durations(self, total: Numbers) -> Metric:
        durations = HistogramMetricFamily(
            "churn_request_duration_seconds", "From the first byte seen to the answer handed over.", labels=["route"]
        )
        for route, start in self._layout.starts.items():
            counts = total[start:][: len(BUCKETS)]
            if counts.any():
                durations.add_metric([route], _buckets(BUCKETS_S, counts), total[start + DURATION_SUM])
        return durations

    def _ready(self) -> bool:
        """Whether all workers that a caller may reach are ready; one that is loading takes no connections yet."""
        told = [slot.ready for slot in self._slots if slot.ready is not None]
        return bool(told) and all(told)


def _histogram(name: str, text: str, total: Numbers, places: range, bounds: Sequence[float], sum_at: int) -> Metric:
    histogram = HistogramMetricFamily(name, text)
    counts = total[places.start : places.stop]
    if counts.any():
        histogram.add_metric([], _buckets(bounds, counts), total[sum_at])
    return histogram


def _buckets(bounds: Sequence[float], counts: Numbers) -> list[tuple[str, float]]:
    """Return how many there are up to each bound, as Prometheus counts."""
    return list(zip((*map(str, bounds), "+Inf"), counts.cumsum().tolist(), strict=True))
