import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

import benchmarks.__main__ as bench
from benchmarks import load
from benchmarks import self as bench_self
from benchmarks.load import Figures, RunFailed
from benchmarks.speed import clock, configuration, guard, starts
from benchmarks.speed.clock import Tally
from benchmarks.speed.dialects import PREDICT, ByDialect
from benchmarks.speed.goals import Goal
from benchmarks.speed.loads import Load, explained_loads, many_loads, single_loads
from benchmarks.speed.measure import Measured
from benchmarks.speed.mixed import Mixed
from benchmarks.speed.overload import Overload
from benchmarks.speed.page import page
from benchmarks.speed.processor_time import tree_cpu_s
from benchmarks.speed.ratios import NoRatios, kept, read_ratios, write_ratios
from benchmarks.speed.starts import Start
from benchmarks.speed.targets import FASTAPI, OURS, UVICORN, service
from benchmarks.speed.turns import How, Turns, p50_ms, per_s
from benchmarks.speed.workers import ByWorkers, Work

EXPLAINERS = {"LightGBM": {"records_per_s": 4030.0, "one_ms": 3.1}}
RECORDS = [{"plan": "basic"}, {"plan": "full"}]
LOADS = [*single_loads(RECORDS), *many_loads(RECORDS)]
WRK = """Running 5s test @ http://127.0.0.1:8000/predict
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.81ms    1.02ms  31.50ms   99.00%
    Req/Sec    17.10k     0.90k   18.00k    72.00%
  Latency Distribution
     50%  {p50}
     75%    3.90ms
     90%    4.01ms
     99%  {p99}
  85605 requests in 5.00s, 20.41MB read
Requests/sec:  17121.42
Transfer/sec:      4.08MB
"""
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux alone has /proc")


def turns(load, ours, other, name):
    """One server as fast as said in each round; latencies in ms are 1,000 / requests/s."""
    return Turns(load, {OURS: [at(speed) for speed in ours], name: [at(speed) for speed in other]})


def at(speed, p99_ms=2.0):
    return Figures(speed, 1_000 / speed, p99_ms)


def measured():
    single = [
        Turns(load, {OURS: [at(600, 4)] * 3, UVICORN: [at(1_000)] * 3, FASTAPI: [at(400)] * 3})
        for load in single_loads(RECORDS)
    ]
    many = [turns(load, [800, 1_200, 1_010], [500, 600, 1_000], FASTAPI) for load in many_loads(RECORDS)]
    one, thousand = explained_loads(RECORDS)
    explained = [Turns(one, {OURS: [at(400, 5)] * 3}), Turns(thousand, {OURS: [Figures(3, 300, 400)] * 3})]
    mixed = [Mixed(single_loads(RECORDS)[1], [at(100, 2)] * 3, [at(50, p99) for p99 in (5, 6.5, 90)], [at(3)] * 3)]
    workers = [ByWorkers(LOADS[2], {1: [Work(100, 50)] * 3, 2: [Work(99, 46)] * 3, 4: [Work(90, 20)] * 3})]
    tally = Tally({200: [0.1] * 500, 429: [0.005] * 1_500}, unsent=3)
    overload = [Overload(2, 100.0, 10.0, Tally({200: [0.1] * 50})), Overload(5, 100.0, 10.0, tally)]
    dialects = [
        ByDialect(1, {PREDICT: [at(100)] * 3, "v2": [at(speed) for speed in (69, 71, 100)], "v1, rows": [at(69)] * 3}),
        ByDialect(1_000, {PREDICT: [at(250)] * 3, "v2": [at(151)] * 3, "v1, rows": [at(149)] * 3}),
    ]
    return Measured(
        [Start(0.3, 0.4, 80.4)], single, many, 99.6, dialects, explained, EXPLAINERS, mixed, 120, workers, overload
    )


@pytest.mark.parametrize(
    ("written", "ms"), [("210.00us", 0.21), ("3.75ms", 3.75), ("1.25s", 1_250), ("1.50m", 90_000), ("0.00us", 0)]
)
def test_latencies_are_read_in_each_unit_that_wrk_writes(written, ms):
    figures = load.read(WRK.format(p50=written, p99=written))
    assert (figures.per_s, figures.p50_ms, figures.p99_ms) == (17121.42, pytest.approx(ms), pytest.approx(ms))


def test_the_share_below_a_deviation_is_not_taken_for_a_percentile():
    assert load.latency_ms(WRK.format(p50="1.00ms", p99="2.00ms"), 99) == 2


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("  Non-2xx or 3xx responses: 7\n", "failed under load: Non-2xx or 3xx responses: 7"),
        (
            "  Socket errors: connect 0, read 3, write 0, timeout 1\n",
            "failed under load: Socket errors: connect 0, read 3, write 0, timeout 1",
        ),
    ],
)
def test_a_run_with_anything_but_right_answers_is_none(said, sentence):
    with pytest.raises(RunFailed, match=sentence):
        load.read(said + WRK.format(p50="0.00us", p99="0.00us"))


def test_a_run_without_an_answer_is_none(monkeypatch, tmp_path):
    text = WRK.format(p50="0.00us", p99="0.00us").replace("17121.42", "0.00")
    monkeypatch.setattr(load.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, text))
    with pytest.raises(RunFailed, match="answered nothing within 3 s over 2 connections"):
        load.run(tmp_path, 80, connections=2, seconds=3, core=1)


def test_a_client_is_pinned_only_to_a_core_that_is_given(monkeypatch, tmp_path):
    ran = []

    def run(command, **_):
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, WRK.format(p50="1.00ms", p99="1.00ms"))

    monkeypatch.setattr(load.subprocess, "run", run)
    load.run(tmp_path, 80, connections=2, seconds=3, core=1, path="/v2", timeout_s=9)
    load.run(tmp_path, 80, connections=2, seconds=3, core=None)
    assert ran[0][:3] == ["taskset", "-c", "1"]
    assert ran[0][3:] == load.wrk_command(str(tmp_path), 2, 3, 9, "http://127.0.0.1:80/v2")
    assert ran[1] == load.wrk_command(str(tmp_path), 2, 3, 2, "http://127.0.0.1:80/predict")


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    ours = turns(LOADS[0], [100, 200, 300], [400, 250, 600], UVICORN)
    assert ours.ratio(UVICORN, per_s) == 0.5  # of 0.25, 0.8, 0.5
    skewed = turns(LOADS[0], [100, 200, 900], [400, 250, 600], UVICORN)
    assert skewed.ratio(UVICORN, per_s) == 0.8  # that of the medians would be 0.5
    assert ours.ratio(UVICORN, p50_ms) == pytest.approx(2)


def test_the_page_tells_ratios_and_goals_beside_the_figures():
    text = page("a bundle, 3 rounds of 5 s", "What it was measured with.", measured())
    assert (
        "| one record, 1 connection | 600 | 1.67 / 4.00 | 1,000 | 1.00 / 2.00 | 0.60 | 1.67 (goal ≤ 2.2: reached)"
        in text
    )
    assert "| 0.60 (goal ≥ 0.55: reached) | 1.67 | 2.00 (goal ≤ 2: reached) |" in text
    assert "| one record, 16 connections | 600 | 1.67 / 4.00 | 400 | 2.50 / 2.00 | 1.50 | 0.67 | 2.00 |" in text
    assert "| 200 records, 16 connections | 202,000 (goal ≥ 200,000: reached) |" in text
    assert "| 1,000 records, 2 connections | 1,010,000 (goal ≥ 250,000: reached) |" in text
    assert "What it was measured with." in text


def test_the_page_tells_start_memory_mixed_load_and_workers():
    text = page("a bundle", "", measured())
    assert "| start to ready | 0.30 s |" in text
    assert "| start to the first right answer | 0.40 s (goal ≤ 0.5: reached) |" in text
    assert "| resident after the first answer | 80.4 MB |" in text
    assert "| resident after the loads above | 99.6 MB (goal < 100: reached) |" in text
    assert "| one record, 16 connections | 10.00 / 2.00 | 20.00 / 6.50 | 3.25 (goal ≤ 3: missed) | 30,000 |" in text
    assert "| one record, 64 connections | 1 | 100 | 1.00 | 1.00 |" in text
    assert "| 2 | 99 | 0.99 (goal ≥ 1: missed) | 0.92 (goal ≥ 0.9: reached) |" in text
    assert "| 4 | 90 | 0.90 | 0.40 |" in text


def test_the_page_tells_the_dialects_beside_predict():
    text = page("a bundle", "", measured())
    assert "| 1 | /predict | 100 | 1.00 |" in text
    assert "| 1 | v2 | 71 | 0.71 (goal ≥ 0.7: reached) |" in text
    assert "| 1 | v1, rows | 69 | 0.69 (goal ≥ 0.7: missed) |" in text
    assert "| 1,000 | v2 | 151,000 (goal ≥ 150,000: reached) | 0.60 |" in text
    assert "| 1,000 | v1, rows | 149,000 (goal ≥ 150,000: missed) | 0.60 |" in text


def test_the_page_tells_what_reasons_cost():
    text = page("a bundle", "", measured())
    assert "| one record, 1 connection | 400 | 2.50 (goal < 3: reached) | 5.00 |" in text
    assert "| 1,000 records, 1 connection | 3,000 (goal ≥ 4,000: missed) | 300.00 | 400.00 |" in text
    assert "| LightGBM | 4,030 | 3.10 |" in text


def test_every_table_of_the_page_is_whole():
    lines = [line for line in page("a bundle", "", measured()).splitlines() if line.startswith("|")]
    assert sum(line.startswith("|---") for line in lines) == 10
    widths = [line.count("|") for line in lines]
    heads = [index - 1 for index, line in enumerate(lines) if line.startswith("|---")]
    assert all(width == widths[max(head for head in heads if head <= row)] for row, width in enumerate(widths))


def test_overload_tells_goodput_latencies_and_what_was_refused_or_lost():
    text = page("a bundle", "", measured())
    assert "| 2 | 0.05 | – | 0/s, – | 0, 0 |" in text
    assert "| 5 | 0.50 (goal ≥ 0.8: missed) | 100.0 | 150/s, 5.0 | 0, 3 |" in text


def test_requests_are_sent_by_the_clock_whether_answers_come_or_not(monkeypatch):
    """Of a server that never answers one of its three callers, which is given up, the others' requests go on."""
    monkeypatch.setattr(clock, "_PATIENCE_S", 0.1)
    answer = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}"

    def serve(listener):
        silent, *others = [listener.accept()[0] for _ in range(3)]
        selector = selectors.DefaultSelector()
        for connection in others:
            selector.register(connection, selectors.EVENT_READ)
        while not stopped.is_set():
            for key, _ in selector.select(0.05):
                if key.fileobj.recv(100):
                    key.fileobj.sendall(answer)
        for connection in (silent, *others):
            connection.close()

    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as aside:
        aside.submit(serve, listener)
        try:
            tally = clock.send_by_the_clock(listener.getsockname()[1], b"asked", 50, 0.5, connections=3)
        finally:
            stopped.set()
    assert tally.lost == 1
    assert list(tally.latencies_s) == [429]
    assert len(tally.latencies_s[429]) + tally.unsent == 25
    assert not tally.without_retry_after


@pytest.mark.parametrize(
    ("goal", "figure", "expected"),
    [
        (Goal("≥", 0.55), 0.55, "reached"),
        (Goal("≥", 0.55), 0.5499, "missed"),
        (Goal("≤", 3), 3, "reached"),
        (Goal("≤", 3), 3.001, "missed"),
        (Goal("<", 100), 100, "missed"),
    ],
)
def test_a_goal_holds_against_the_figure_itself(goal, figure, expected):
    assert goal.beside(figure, "about").startswith("about (goal ")
    assert goal.beside(figure, "about").endswith(f": {expected})")


def test_the_configuration_is_enough_to_do_it_again(monkeypatch):
    monkeypatch.setattr(configuration, "wrk_version", lambda: "9.9")
    text = configuration.configuration(Path("artifacts/telco"), RECORDS, How(5, 7))
    assert "wrk 9.9" in text
    assert "taskset -c 0 python -m service artifacts/telco --port PORT --drain-s 0\n" in text
    assert "taskset -c 0,1 python -m service artifacts/telco --port PORT --drain-s 0 --workers 4\n" in text
    assert "wrk -t1 -cCONNECTIONS -d7s" in text
    assert "max_records 10000" in text
    assert f"one record {len(json.dumps(RECORDS[:1]))}," in text


def test_a_command_gets_its_port_and_keeps_a_bundle_of_that_name():
    assert service(Path("a/PORT"), 2).with_port(7) == [
        *("service", "a/PORT", "--port", "7", "--drain-s", "0", "--workers", "2"),
    ]


@linux
def test_the_processor_time_of_a_process_has_that_of_its_children():
    spend = "import os, time; [0 for _ in iter(lambda: time.process_time() < 0.3, False)]"
    code = f"{spend}; print(os.getpid(), flush=True); time.sleep(600)"
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {code!r}]).wait()"
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        child = int(process.stdout.readline())
        try:
            asleep_s, whole_s = tree_cpu_s(child), tree_cpu_s(process.pid)
            time.sleep(0.2)
            assert 0.25 <= asleep_s <= whole_s
            assert tree_cpu_s(child) - asleep_s <= 0.02
        finally:
            process.kill()
            os.kill(child, signal.SIGKILL)


@linux
def test_no_processor_time_is_told_of_a_process_that_is_not():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(ProcessLookupError, match=f"There is no process {process.pid}"):
        tree_cpu_s(process.pid)


@pytest.mark.parametrize(("given", "tolerance", "is_right"), [(0.25, 1e-5, True), (0.2502, 1e-5, False)])
def test_the_first_answer_has_to_be_the_right_one(monkeypatch, given, tolerance, is_right):
    bundle = SimpleNamespace(golden={"records": RECORDS, "probabilities": [0.25, 0.5], "tolerance": tolerance})
    server = SimpleNamespace(ready_after_s=0.25, begun_s=0.0, resident_mb=lambda: 80)
    monkeypatch.setattr(starts, "open_bundle", lambda _: bundle)
    monkeypatch.setattr(starts, "running", lambda *_: nullcontext(server))
    monkeypatch.setattr(starts, "_first_answer", lambda *_: given)
    if is_right:
        assert starts.start_and_stop(Path("bundle")).ready_s == 0.25
    else:
        with pytest.raises(starts.WrongAnswer, match=r"0\.250200 where 0\.250000 is right"):
            starts.start_and_stop(Path("bundle"))


@pytest.fixture
def stored(tmp_path):
    """Ratios of 0.5 each, so that the latencies' is 2."""
    path = tmp_path / "ratios.json"
    write_ratios(path, [turns(load, [500] * 3, [1_000] * 3, kept(load)[0].other) for load in LOADS])
    return path


def measuring(*speeds):
    """Measure ours at these speeds, look by look, the other one at 1,000; note the rounds."""
    noted = []

    def measure(load, rounds):
        noted.append(rounds)
        return turns(load, [speeds[len(noted) - 1]] * rounds, [1_000] * rounds, kept(load)[0].other)

    return measure, noted


def test_the_ratios_are_kept_with_the_day_and_found_again(stored):
    assert set(json.loads(stored.read_text())) == {"date", "ratios"}
    ratios = read_ratios(stored, LOADS)
    assert ratios.pop("one record, 1 connection: p50, service / bare uvicorn") == 2
    assert set(ratios.values()) == {0.5}
    assert len(ratios) == 5


@pytest.mark.parametrize("speed", [430, 500, 900])
def test_what_is_hardly_slower_or_faster_is_looked_at_once(stored, speed):
    measure, noted = measuring(speed)
    found = guard.changes(read_ratios(stored, LOADS[2:3]), LOADS[2:3], measure, 3)
    assert not found[0].is_worse
    assert noted == [3]


def test_a_drop_is_believed_after_a_second_look_with_twice_the_rounds(stored):
    measure, noted = measuring(300, 400)
    (found,) = guard.changes(read_ratios(stored, LOADS[2:3]), LOADS[2:3], measure, 3)
    assert found.is_worse
    assert noted == [3, 6]
    assert found.sentence == (
        "one record, 64 connections: requests/s, service / bare uvicorn: "
        "dropped from 0.50 to 0.40, by 20%; at most 15% is allowed."
    )


def test_a_drop_that_a_second_look_does_not_show_is_none(stored):
    measure, noted = measuring(300, 480)
    (found,) = guard.changes(read_ratios(stored, LOADS[2:3]), LOADS[2:3], measure, 3)
    assert (found.is_worse, found.now, noted) == (False, 0.48, [3, 6])


def test_a_latency_is_worse_when_it_rises(stored):
    measure, _ = measuring(420, 420)  # requests/s by 16 % fewer, p50 by 19 % longer
    found = guard.changes(read_ratios(stored, LOADS[:1]), LOADS[:1], measure, 3)
    assert [one.is_worse for one in found] == [True, True]
    assert "p50, service / bare uvicorn: rose from 2.00 to 2.38, by 19%" in found[1].sentence
    faster, _ = measuring(900)
    assert not any(one.is_worse for one in guard.changes(read_ratios(stored, LOADS[:1]), LOADS[:1], faster, 3))


def test_only_what_was_worse_at_the_first_look_is_judged_by_the_second():
    slow = Load(RECORDS[:1], 1)
    looks = iter(
        [
            Turns(slow, {OURS: [Figures(400, 2, 9)], UVICORN: [Figures(1_000, 1, 9)]}),
            Turns(slow, {OURS: [Figures(500, 3, 9)], UVICORN: [Figures(1_000, 1, 9)]}),
        ]
    )
    stored = dict(zip((one.name for one in kept(slow)), (0.5, 2), strict=True))
    found = guard.changes(stored, [slow], lambda *_: next(looks), 1)
    assert [one.now for one in found] == [0.5, 2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no .*ratios.json to compare with: `make bench` writes it"),
        ("{", "does not hold ratios by name"),
        ("[]", "does not hold ratios by name"),
        ('{"ratios": {}}', "has no 'one record, 1 connection: requests/s, service / bare uvicorn'"),
        ('{"date": "2026-01-01"}', "has no 'ratios'"),
    ],
)
def test_ratios_that_are_not_there_are_told(tmp_path, text, sentence):
    path = tmp_path / "ratios.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(NoRatios, match=sentence):
        read_ratios(path, LOADS)


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_stored_ratio_that_can_be_none_is_told(stored, value):
    content = json.loads(stored.read_text())
    content["ratios"]["one record, 64 connections: requests/s, service / bare uvicorn"] = value
    stored.write_text(json.dumps(content))
    with pytest.raises(NoRatios, match="where ratios are above 0"):
        read_ratios(stored, LOADS)


@pytest.fixture
def no_servers(monkeypatch, stored):
    """No bundle, no wrk, no servers: the guard's command alone, with ratios as they are stored."""
    monkeypatch.setattr(bench_self, "ordinary_records", lambda _: RECORDS)
    monkeypatch.setattr(bench_self, "need_tools", lambda: None)
    monkeypatch.setattr(sys, "argv", ["benchmarks.self", "--ratios", str(stored)])
    return monkeypatch


@pytest.mark.parametrize(("speed", "code"), [(500, 0), (300, 1)])
def test_the_exit_code_says_whether_the_service_got_slower(no_servers, capsys, speed, code):
    def found(_, ratios, loads, how):
        return guard.changes(ratios, loads, measuring(*[speed] * 20)[0], how.rounds)

    no_servers.setattr(bench_self, "_changes", found)
    assert bench_self.main() == code
    said = capsys.readouterr()
    assert "| ratio | stored | now | change |" in said.out
    assert said.err.count("is allowed.") == 6 * code


def test_no_ratios_to_compare_with_is_a_sentence_and_code_2(no_servers, capsys, tmp_path):
    no_servers.setattr(sys, "argv", ["benchmarks.self", "--ratios", str(tmp_path / "none.json")])
    assert bench_self.main() == 2
    assert "`make bench` writes it" in capsys.readouterr().err


def test_the_benchmark_writes_the_page_and_the_ratios(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "need_tools", lambda: None)
    monkeypatch.setattr(bench, "ordinary_records", lambda _: RECORDS)
    monkeypatch.setattr(bench, "measure", lambda *_: measured())
    monkeypatch.setattr(bench, "configuration", lambda *_: "With this.")
    out, ratios = tmp_path / "page.md", tmp_path / "ratios.json"
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--out", str(out), "--ratios", str(ratios), "--rounds", "1"])
    assert bench.main() == 0
    assert "artifacts/telco, 1 round of 5 s." in out.read_text()
    assert read_ratios(ratios, LOADS)["one record, 16 connections: requests/s, service / bare uvicorn"] == 0.6


def test_a_service_that_fails_under_load_is_a_sentence_and_code_1(monkeypatch, capsys):
    def measure(*_):
        raise RunFailed("service (one record, 1 connection) failed under load: Non-2xx or 3xx responses: 7")

    monkeypatch.setattr(bench, "need_tools", lambda: None)
    monkeypatch.setattr(bench, "ordinary_records", lambda _: RECORDS)
    monkeypatch.setattr(bench, "measure", measure)
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    assert bench.main() == 1
    assert "benchmarks: service (one record, 1 connection) failed under load" in capsys.readouterr().err
