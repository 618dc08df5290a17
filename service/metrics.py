"""What the service counts. One registry for each process: with several workers, each tells of itself only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Requests, records, durations and warnings, in a registry of their own."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        """Register the metrics; ``is_ready`` is asked whenever they are read."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter("churn_requests", "Requests answered.", ["route", "status"], registry=self._registry)
        self._durations = Histogram(
            "churn_request_duration_seconds",
            "From the first byte seen to the answer handed over.",
            ["route"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._records = Counter("churn_records", "Customer records by outcome.", ["outcome"], registry=self._registry)
        self._warnings = Counter("churn_warnings", "Warnings in answers.", ["code"], registry=self._registry)
        Gauge("churn_ready", "1 when /health/ready answers 200.", registry=self._registry).set_function(
            lambda: float(is_ready())
        )
        self._scored, self._refused = self._records.labels("scored"), self._records.labels("refused")
        self._of_request = lru_cache(maxsize=256)(
            lambda route, status: (self._requests.labels(route, status), self._durations.labels(route))
        )

    def request(self, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        requests, durations = self._of_request(route, status)
        requests.inc()
        durations.observe(duration_s)

    def records(self, scored: int, refused: int, warnings: Mapping[str, int]) -> None:
        """Count the records of one request, and its warnings by code."""
        if scored:
            self._scored.inc(scored)
        if refused:
            self._refused.inc(refused)
        for code, count in warnings.items():
            self._warnings.labels(code).inc(count)

    def expose(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry)
