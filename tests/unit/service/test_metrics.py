"""Counts in memory that workers share: whichever is asked tells the sum, and none is lost with a worker."""

import os
import resource
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.api.edge import CLIENT_GONE
from service.metrics import Metrics, shared_slots
from service.metrics.layout import BUCKETS, BUCKETS_S, DURATION_SUM, OTHER, STATUSES, Layout
from service.metrics.processes import Processes
from service.metrics.slots import numbers_in_a_slot
from service.pages.openapi import PATHS
from service.problems import PROBLEMS
from service.served import Serving
from service.workers import Supervisor

PROJECT = Path(__file__).parents[3]
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")


def told(metrics):
    """Return what is exposed: by name and labels, the value."""
    families = text_string_to_metric_families(metrics.expose({}).decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def counted(metrics):
    """Return the same without what the system says of the processes, which changes all the time."""
    return {key: value for key, value in told(metrics).items() if not key[0].startswith("process_")}


@pytest.fixture
def slots():
    return shared_slots(2)


@pytest.fixture
def workers(slots):
    return [Metrics(PATHS, slot) for slot in slots]


# --- what is said ----------------------------------------------------------------------------------


def buckets(metrics, name):
    """Return how many there are up to each bound, as it is exposed."""
    return {key[1]: value for key, value in told(metrics).items() if key[0] == f"{name}_bucket"}


def test_probabilities_fall_into_tenths_their_bounds_included(workers):
    first, second = workers
    first.batch(np.array([0.1]))
    second.batch(np.array([0.0, 0.1, 0.1001, 0.5, 1.0]))
    assert buckets(first, "churn_probability") == {
        "0.1": 3, "0.2": 4, "0.3": 4, "0.4": 4, "0.5": 5, "0.6": 5, "0.7": 5, "0.8": 5, "0.9": 5, "1.0": 6, "+Inf": 6,
    }  # fmt: skip
    found = told(first)
    assert found[("churn_probability_sum",)] == pytest.approx(1.8001)
    assert found[("churn_probability_count",)] == 6


def test_batches_are_counted_by_their_size(workers):
    first = workers[0]
    first.batch(np.full(3, 0.5))
    first.batch(np.full(10_001, 0.5))
    assert buckets(first, "churn_batch_records") == {
        "1": 0, "2": 0, "4": 1, "8": 1, "16": 1, "32": 1, "64": 1, "128": 1, "256": 1, "512": 1, "1024": 1,
        "10000": 1, "+Inf": 2,
    }  # fmt: skip
    assert told(first)[("churn_batch_records_sum",)] == 10_004


def test_what_waits_is_the_sum_over_the_workers_and_goes_with_a_worker(workers, slots):
    first, second = workers
    first.tell_waiting_rows(7)
    second.tell_waiting_rows(5)
    second.add_waiting_bytes(900)
    second.add_waiting_bytes(-100)
    found = told(first)
    assert (found[("churn_queue_records",)], found[("churn_queue_bytes",)]) == (12, 800)
    slots[1].release(0.0)
    found = told(first)
    assert (found[("churn_queue_records",)], found[("churn_queue_bytes",)]) == (7, 0)


def test_it_tells_what_is_served(workers):
    text = workers[0].expose({"name": "telco", "version": "1", "engine": "compiled"}).decode()
    assert 'churn_model_info{engine="compiled",name="telco",version="1"} 1.0' in text


# --- counts -----------------------------------------------------------------------------------------


def test_either_worker_tells_what_both_counted(workers):
    first, second = workers
    first.request("/predict", 200, 0.25)
    first.records(3, 1, {"missing_value": 2})
    second.request("/predict", 200, 0.5)
    second.request("other", 404, 0.001)
    second.records(2, 0, {"missing_value": 1, "unseen_level": 4})
    found = counted(first)
    assert counted(second) == found
    assert found["churn_requests_total", "/predict", "200"] == 2
    assert found["churn_requests_total", "other", "404"] == 1
    assert found["churn_request_duration_seconds_count", "/predict"] == 2
    assert found["churn_request_duration_seconds_sum", "/predict"] == 0.75
    assert found["churn_records_total", "scored"] == 5
    assert found["churn_records_total", "refused"] == 1
    assert found["churn_warnings_total", "missing_value"] == 3
    assert found["churn_warnings_total", "unseen_level"] == 4


def test_what_was_never_counted_is_not_told(workers):
    assert set(counted(workers[0])) == {
        ("churn_records_total", "scored"), ("churn_records_total", "refused"), ("churn_ready",),
        ("churn_queue_records",), ("churn_queue_bytes",), ("churn_model_info",),
    }  # fmt: skip


def test_a_duration_falls_into_the_bucket_that_it_just_fills(workers):
    for duration_s in (*BUCKETS_S, 60.0):
        workers[0].request("/predict", 200, duration_s)
    found = told(workers[1])
    for position, bound_s in enumerate(BUCKETS_S):
        labels = {str(bound_s), "/predict"}
        [value] = [v for (name, *rest), v in found.items() if name.endswith("_bucket") and set(rest) == labels]
        assert value == position + 1
    assert found["churn_request_duration_seconds_count", "/predict"] == len(BUCKETS_S) + 1


def test_a_worker_that_takes_the_place_of_another_counts_on(workers, slots):
    workers[0].request("/predict", 200, 0.25)
    slots[0].release(0.0)
    assert told(workers[1])["churn_requests_total", "/predict", "200"] == 1
    replacement = Metrics(PATHS, slots[0])
    replacement.request("/predict", 200, 0.25)
    assert told(workers[1])["churn_requests_total", "/predict", "200"] == 2


def test_services_of_one_process_count_apart():
    first, second = Metrics(PATHS), Metrics(PATHS)
    first.records(1, 0, {})
    assert told(first)["churn_records_total", "scored"] == 1
    assert told(second)["churn_records_total", "scored"] == 0


FORK = """
import os
from service.metrics import Metrics, shared_slots

slots = shared_slots(2)
alone = Metrics(["/predict"])
pid = os.fork()
if pid == 0:
    Metrics(["/predict"], slots[1]).records(7, 0, {})
    alone.records(7, 0, {})
    os._exit(0)
os.waitpid(pid, 0)
for metrics in (Metrics(["/predict"], slots[0]), alone):
    print(*(line for line in metrics.expose({}).decode().splitlines() if 'outcome="scored"' in line))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_shares_the_slots_of_workers_and_no_other():
    shared, alone = run(FORK).splitlines()
    assert shared.endswith(" 7.0")
    assert alone.endswith(" 0.0")


def run(program):
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True).stdout


def test_the_parent_of_the_workers_does_without_prometheus():
    assert run("import sys, service.workers; print('prometheus_client' in sys.modules)") == "False\n"


# --- places -----------------------------------------------------------------------------------------


def test_every_status_that_is_answered_has_a_place():
    assert {kind.status for kind in PROBLEMS.values()} | {200, CLIENT_GONE} <= set(STATUSES)


def test_no_two_numbers_share_a_place():
    layout = Layout(PATHS, numbers_in_a_slot())
    assert set(layout.starts) == {*PATHS, OTHER}
    starts = sorted(layout.starts.values())
    assert all(after - before >= STATUSES.stop for before, after in pairwise(starts))
    assert starts[-1] + STATUSES.stop == layout.size <= numbers_in_a_slot()
    assert STATUSES.start > DURATION_SUM > max(BUCKETS)


def test_more_routes_than_a_slot_takes_are_refused():
    with pytest.raises(ValueError, match=r"The counts of 1001 routes are .* a slot has room for 16376"):
        Metrics([f"/{n}" for n in range(1000)])


def test_numbers_stand_where_a_processor_writes_them_whole():
    counts = [np.asarray(slot.counts) for slot in shared_slots(3)]
    assert [(array.itemsize, array.ctypes.data % 8) for array in counts] == [(8, 0)] * 3


# --- readiness --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "ready"),
    [
        (None, None, 0),
        (True, None, 1),  # who loads takes no connections yet
        (True, True, 1),
        (True, False, 0),
        (False, None, 0),
    ],
)
def test_it_is_ready_when_all_are_that_may_be_asked(workers, first, second, ready):
    for metrics, said in zip(workers, (first, second), strict=True):
        if said is not None:
            metrics.tell_ready(said)
    assert told(workers[0])["churn_ready",] == told(workers[1])["churn_ready",] == ready


def test_a_worker_that_is_gone_is_not_asked(workers, slots):
    workers[0].tell_ready(True)
    workers[1].tell_ready(False)
    slots[1].release(0.0)
    assert told(workers[0])["churn_ready",] == 1


def test_serving_tells_when_readiness_changes():
    said = []
    serving = Serving(None, said.append)
    serving.refuse("The golden rows are not reproduced.")
    serving.swap(None)
    serving.drain()
    assert said == [False, True, False]


def test_a_stop_in_the_middle_of_a_swap_is_not_forgotten():
    said = []

    def tell(ready):
        if ready:
            serving.drain()  # as a signal handler may
        said.append(ready)

    serving = Serving(None, tell)
    serving.swap(None)
    assert said[-1] is False
    assert serving.waiting_for is not None


def test_the_gauge_follows_the_service(start, record):
    with start() as client:
        client.await_loaded()
        assert "churn_ready 1.0" in client.get("/metrics").text
        client.app.serving.drain()
        assert "churn_ready 0.0" in client.get("/metrics").text


# --- processes --------------------------------------------------------------------------------------


def figures(processes):
    return {metric.name: metric.samples[0].value for metric in processes.collect()}


@pytest.fixture
def sleepers():
    """Two processes that have started, the second after the first, and then do nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(sleeper()) for _ in range(2)]


@contextmanager
def sleeper():
    program = "print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process


@needs_proc
def test_figures_of_processes_are_those_of_all_that_live(slots, sleepers):
    processes = Processes(slots)
    first, second = slots
    first.take(sleepers[0].pid)
    one = figures(processes)
    first.take(sleepers[1].pid)
    other = figures(processes)
    second.take(sleepers[0].pid)
    both = figures(processes)
    for name in ("process_open_fds", "process_virtual_memory_bytes", "process_resident_memory_bytes"):
        assert both[name] == one[name] + other[name]
    assert both["process_cpu_seconds"] == pytest.approx(one["process_cpu_seconds"] + other["process_cpu_seconds"])
    assert (
        both["process_start_time_seconds"] == one["process_start_time_seconds"] <= other["process_start_time_seconds"]
    )
    assert both["process_max_fds"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@needs_proc
def test_a_process_that_is_gone_is_left_out_but_for_the_time_it_took(slots, sleepers):
    processes = Processes(slots)
    slots[1].take(sleepers[1].pid)
    other = figures(processes)
    slots[0].take(sleepers[0].pid)
    sleepers[0].communicate(b"\n")
    assert figures(processes) == other  # before the parent says so
    slots[0].release(1000.0)
    assert figures(processes) == {**other, "process_cpu_seconds": other["process_cpu_seconds"] + 1000}
    slots[0].release(1000.0)
    assert figures(processes)["process_cpu_seconds"] == other["process_cpu_seconds"] + 2000


def test_where_there_is_no_proc_nothing_is_told(slots, monkeypatch, tmp_path):
    processes = Processes(slots)
    monkeypatch.setattr(processes, "_one", type(processes._one)(proc=str(tmp_path), registry=None))
    slots[0].take(os.getpid())
    assert list(processes.collect()) == []


# --- the parent -------------------------------------------------------------------------------------


def test_an_orphan_that_the_parent_is_handed_is_no_worker(monkeypatch):
    said = []
    supervisor = Supervisor(2, None, None, said.append)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    for status in (0, 9, 256):  # ended well, by a signal, with code 1
        monkeypatch.setattr(os, "wait3", lambda _, status=status: (4711, status, usage))
        assert supervisor._wait() == 0
    assert said == []
    assert not supervisor._stopping
    os.close(supervisor._lifeline_read)
    os.close(supervisor._lifeline_write)
