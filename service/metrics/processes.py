"""What Prometheus' collector tells of one process, told of all workers together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from service.metrics.slots import Slot

_CPU = "process_cpu_seconds"
_TOGETHER: dict[str, Callable[[Iterable[float]], float]] = {"process_start_time_seconds": min, "process_max_fds": max}
"""How figures of several processes become one, where that is not their sum."""


class Processes(Collector):
    """Processor time, memory, open files and so on of the workers that live. Where there is no /proc it is silent."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        """Take the slots, which say who lives."""
        self._slots = slots
        self._pid = 0
        self._one = ProcessCollector(pid=lambda: self._pid, registry=None)

    def collect(self) -> Iterator[Metric]:
        """Give the figures, for the registry."""
        found: defaultdict[str, list[Metric]] = defaultdict(list)
        for metric in self._of_each():
            found[metric.name].append(metric)
        for name, metrics in found.items():
            yield self._together(name, metrics)

    def _of_each(self) -> Iterator[Metric]:
        """Give the figures of one process after the other; a process that has just gone has none."""
        for slot in self._slots:
            if pid := slot.pid:
                self._pid = pid
                yield from self._one.collect()

    def _together(self, name: str, metrics: Sequence[Metric]) -> Metric:
        value = _TOGETHER.get(name, sum)(metric.samples[0].value for metric in metrics)
        if name == _CPU:  # a counter, which must not go down when a worker falls
            value += sum(slot.past_cpu_s for slot in self._slots)
        first = metrics[0]
        first.samples = [first.samples[0]._replace(value=value)]
        return first
