"""What the service counts. One registry for each process: with several workers, each tells of itself only.

A request adds to plain numbers; Prometheus' objects are made of them when somebody reads the metrics.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_BOUNDS = (*map(str, BUCKETS_S), "+Inf")


class _Durations:
    """The durations of the requests to one route: how many fell into each bucket, and their sum."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.sum_s = 0.0

    def cumulated(self) -> list[tuple[str, float]]:
        """Return for each bound how many were at most as long."""
        total, found = 0, []
        for bound, count in zip(_BOUNDS, self.counts, strict=True):
            total += count
            found.append((bound, float(total)))
        return found


class Metrics(Collector):
    """Requests, records, durations and warnings, in a registry of their own."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        """Register the metrics; ``is_ready`` is asked whenever they are read."""
        self._is_ready = is_ready
        self._requests: Counter[tuple[str, int]] = Counter()
        self._durations: defaultdict[str, _Durations] = defaultdict(_Durations)
        self._warnings: Counter[str] = Counter()
        self._scored = self._refused = 0
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def request(self, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        self._requests[route, status] += 1
        durations = self._durations[route]
        durations.counts[bisect_left(BUCKETS_S, duration_s)] += 1
        durations.sum_s += duration_s

    def records(self, scored: int, refused: int, warnings: Mapping[str, int]) -> None:
        """Count the records of one request, and its warnings by code."""
        self._scored += scored
        self._refused += refused
        if warnings:
            self._warnings.update(warnings)

    def collect(self) -> Iterator[Metric]:
        """Give what was counted, for the registry."""
        requests = CounterMetricFamily("churn_requests", "Requests answered.", labels=["route", "status"])
        for (route, status), count in self._requests.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "churn_request_duration_seconds", "From the first byte seen to the answer handed over.", labels=["route"]
        )
        for route, one in self._durations.items():
            durations.add_metric([route], one.cumulated(), one.sum_s)
        yield durations
        records = CounterMetricFamily("churn_records", "Customer records by outcome.", labels=["outcome"])
        records.add_metric(["scored"], self._scored)
        records.add_metric(["refused"], self._refused)
        yield records
        warnings = CounterMetricFamily("churn_warnings", "Warnings in answers.", labels=["code"])
        for code, count in self._warnings.items():
            warnings.add_metric([code], count)
        yield warnings
        yield GaugeMetricFamily("churn_ready", "1 when /health/ready answers 200.", float(self._is_ready()))

    def expose(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry)
