"""What several workers count together, whichever of them is asked, and when one of them falls.

A worker that is stopped with SIGSTOP takes no connections, so the test knows which of the others answers.
"""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc to see that a worker stands"),
]

PREDICTED = ("churn_requests_total", "/predict", "200")
SCORED, REFUSED = ("churn_records_total", "scored"), ("churn_records_total", "refused")
PATIENCE_S = 30.0


def test_one_scrape_of_either_worker_tells_what_both_answered(serve, shipped_bundle, golden):
    service = two_workers(serve, shipped_bundle)
    first, second = workers_of(service)
    with standing(first):
        predict(service, golden["records"][:2], times=120)
        predict(service, [5], times=10)
        await_count(service, REFUSED, 10)
    with standing(second):
        predict(service, golden["records"][:1], times=80)
        told_by_first = await_count(service, SCORED, 120 * 2 + 80)
    with standing(first):
        told_by_second = scrape(service)
    for told in (told_by_first, told_by_second):
        assert told[PREDICTED] == 200
        assert told["churn_requests_total", "/predict", "422"] == 10
        assert told["churn_request_duration_seconds_count", "/predict"] == 210
        assert told["churn_request_duration_seconds_bucket", "+Inf", "/predict"] == 210
        assert told[SCORED] == 120 * 2 + 80
        assert told[REFUSED] == 10
        assert told["churn_ready",] == 1
        assert told["process_resident_memory_bytes",] > resident_bytes(first) * 1.2  # that of two


def test_no_count_is_lost_with_a_worker_that_falls(serve, shipped_bundle, golden):
    service = two_workers(serve, shipped_bundle)
    falls, stays = workers_of(service)
    with standing(stays):
        predict(service, golden["records"][:1], times=50)
        before = await_count(service, SCORED, 50)
    os.kill(falls, signal.SIGKILL)
    seen = [before[PREDICTED]]

    def replaced():
        seen.append(scrape(service)[PREDICTED])
        return set(workers_of(service)) - {falls, stays}

    wait_for(replaced, "the worker that takes the place")
    predict(service, golden["records"][:1], times=20)
    seen.append(await_count(service, SCORED, 70)[PREDICTED])
    with standing(stays):  # the one that took the place counts on from there
        predict(service, golden["records"][:1], times=30)
        after = await_count(service, SCORED, 100)
    seen.append(after[PREDICTED])
    assert seen == sorted(seen)
    assert after[SCORED] == 100
    assert after["churn_request_duration_seconds_count", "/predict"] == 100
    assert after["process_cpu_seconds_total",] >= before["process_cpu_seconds_total",]
    assert after["churn_ready",] == 1


def two_workers(serve, bundle):
    """Start a service, and wait until both of its workers answer."""
    service = serve(bundle, "--port", "0", "--workers", "2", "--drain-s", "0").await_ready()
    wait_for(lambda: len(workers_of(service)) == 2, "two workers")
    wait_for(lambda: sum(event["event"] == "ready" for event in service.events()) == 2, "both to be ready")
    return service


def workers_of(service):
    """Return the processes that have been workers, in the order in which they came."""
    return [event["pid"] for event in service.events() if event["event"] == "listening"]


@contextmanager
def standing(pid):
    """Keep a worker from doing anything for as long as the block runs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: state(pid) == "T", f"worker {pid} to stand")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def predict(service, records, times):
    """Ask over so many connections, one after the other."""
    expected = 422 if records == [5] else 200
    assert [service.ask("POST", "/predict", records)[0] for _ in range(times)] == [expected] * times


def scrape(service):
    """Return what ``/metrics`` says: by name and labels, the value."""
    status, text = service.ask("GET", "/metrics")
    assert status == 200
    families = text_string_to_metric_families(text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def await_count(service, name, count):
    """Scrape until so many are counted, which a worker does just after the caller has the answer.

    Of one request, its records are counted last.
    """
    return wait_for(lambda: (told := scrape(service)).get(name) == count and told, f"{count} of {name}")


def wait_for(true, what):
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if found := true():
            return found
        time.sleep(0.02)
    pytest.fail(f"waited {PATIENCE_S} s in vain for {what}")
