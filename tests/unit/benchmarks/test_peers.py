import json
import os
import shutil
import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from benchmarks.load import Figures
from benchmarks.peers import __main__ as command
from benchmarks.peers import asking, environments, measuring, processes
from benchmarks.peers.failed import PeerFailed
from benchmarks.peers.measuring import Load, Target, Turns
from benchmarks.peers.page import Outcome, page
from benchmarks.peers.table import OURS, PEERS
from benchmarks.speed.turns import How
from churn.bundle import open_bundle
from churn.scoring import Scorer
from tests.unit.service.conftest import running

RECORD = {"plan": "basic", "months": 3, "bill": 19.5}
ONE, MANY = Load("one record", [RECORD], [0.25], 64), Load("1,000 records", [RECORD] * 1_000, [0.25] * 1_000, 2)
V2 = {
    "parameters": {"content_type": "pd"},
    "inputs": [
        {
            "name": "plan",
            "shape": [1, 1],
            "data": ["basic"],
            "datatype": "BYTES",
            "parameters": {"content_type": "str"},
        },
        {"name": "months", "shape": [1, 1], "data": [3], "datatype": "INT64"},
        {"name": "bill", "shape": [1, 1], "data": [19.5], "datatype": "FP64"},
    ],
}
BODIES = {
    "fastapi": [RECORD],
    "litserve": {"customers": [RECORD]},
    "bentoml": {"customers": [RECORD]},
    "mlserver": V2,
    "ray": [RECORD],
    "mlflow": {"dataframe_records": [RECORD]},
}
ANSWERS = {
    "fastapi": [{"churn_probability": 0.25}],
    "litserve": {"probabilities": [0.25]},
    "bentoml": [0.25],
    "mlserver": {"outputs": [{"name": "churn_probability", "data": [0.25]}]},
    "ray": [0.25],
    "mlflow": {"predictions": [0.25]},
}
BUNDLE = environments.PROJECT / "artifacts/telco"
each_peer = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)


def turns(ours, peer):
    return Turns([Figures(one, 1, 2) for one in ours], [Figures(one, 30, 40) for one in peer])


@each_peer
def test_a_peer_takes_one_record_as_its_protocol_wants_it(peer):
    assert json.loads(json.dumps(peer.door.write([RECORD]))) == BODIES[peer.name]


@each_peer
def test_the_probabilities_are_found_in_the_answer_of_a_peer(peer):
    assert peer.door.read(ANSWERS[peer.name]) == [0.25]


@each_peer
def test_a_peer_is_pinned_in_a_lock_of_its_own(peer):
    lock = (environments.LOCKS / f"{peer.name}.txt").read_text()
    assert f"\n{peer.package}==" in lock
    assert "://" not in lock
    wanted = (environments.LOCKS / f"{peer.name}.in").read_text().splitlines()[1:]
    assert all(f"\n{pin.replace('[standard]', '').replace('[serve]', '')}" in lock for pin in wanted)


def test_columns_of_many_records_keep_numbers_that_are_not_all_whole_as_floats():
    door = next(peer.door for peer in PEERS if peer.name == "mlserver")
    inputs = door.write([RECORD, RECORD | {"months": 2.5, "bill": None}])["inputs"]
    assert [(one["datatype"], one["shape"]) for one in inputs] == [
        ("BYTES", [2, 1]),
        ("FP64", [2, 1]),
        ("FP64", [2, 1]),
    ]


def test_the_page_sorts_by_ratio_names_the_best_and_says_what_failed_and_why():
    slow, quick, broken = (Outcome(peer, "1.0") for peer in PEERS[:3])
    slow.turns = {ONE.name: turns([100, 200, 300], [1, 1, 2])}  # the pairs' ratios are 100, 200, 150
    quick.turns = {ONE.name: turns([100, 200, 300], [4, 4, 4])}
    broken.failure = "did not start, ended with code 1: no such module"
    text = page("a bundle", [ONE, MANY], [slow, quick, broken])
    assert text.index(f"| {quick.peer.title} | 4 |") < text.index(f"| {slow.peer.title} | 1 | 30.0 / 40.0 | 200 |")
    assert "| 150.0 |" in text
    assert f"The best peer is {quick.peer.title}: ours is 50.0 times as fast." in text
    assert "No peer was measured." in text
    assert f"- {broken.peer.title}: did not start, ended with code 1: no such module" in text
    assert f"{slow.peer.package} 1.0" in text


def test_a_peer_whose_protocol_ours_speaks_has_a_row_for_each_way_of_asking_ours():
    outcome = Outcome(PEERS[3], turns={ONE.name: turns([100], [2])}, alike={ONE.name: turns([80], [2])})
    text = page("a bundle", [ONE], [outcome])
    assert "| MLServer, adaptive batching | 2 | 30.0 / 40.0 | 100 |" in text
    assert "The best peer is MLServer, adaptive batching, asked alike: ours is 40.0 times as fast." in text


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.ours], ids=lambda peer: peer.name)
def test_our_service_takes_the_bodies_of_a_peer_whose_protocol_it_speaks_and_answers_well(peer):
    bundle = open_bundle(BUNDLE)
    golden, (_, door) = bundle.golden, peer.doors_of_ours(bundle.manifest.name)
    with running(bundle, open_scorer=Scorer.open) as client:
        client.await_loaded()
        answer = client.post(json.dumps(door.write(golden["records"])), door.path)
    assert door.read(answer.json()) == pytest.approx(golden["probabilities"], abs=asking.TOLERANCE)


def test_many_records_a_request_are_counted_as_records():
    outcome = Outcome(PEERS[0], turns={MANY.name: turns([150], [30])})
    assert "| 30,000 | 30.0 / 40.0 | 150,000 | 1.0 / 2.0 | 5.0 |" in page("a bundle", [MANY], [outcome])


def test_nothing_is_said_of_failures_where_there_are_none():
    assert "Not measured" not in page("a bundle", [ONE], [Outcome(PEERS[0], turns={ONE.name: turns([2], [1])})])


@pytest.fixture
def no_servers(monkeypatch):
    """Every peer is installed, starts and is as fast as the next one, unless a test says otherwise."""

    @contextmanager
    def started_peer(peer, *_):
        yield processes.RunningPeer(1, "no process has this mark")

    monkeypatch.setattr(command, "installed", lambda name, _: Path(name))
    monkeypatch.setattr(command, "_ours", lambda _: nullcontext(2))
    monkeypatch.setattr(command, "_version", lambda *_: "1.0")
    monkeypatch.setattr(command, "started_peer", started_peer)
    monkeypatch.setattr(command, "in_turns", lambda *_: turns([3], [1]))
    return monkeypatch


def measured(end=float("inf")):
    return command.measure(BUNDLE, PEERS, [ONE, MANY], How(3, 3), end)


def test_ours_is_asked_by_its_own_door_always_and_as_the_peer_where_it_speaks_its_protocol(no_servers):
    asked = []

    def in_turns(_, __, ours, peer, *___):
        asked.append((peer.door.path, ours.door.path))
        return turns([3], [1])

    no_servers.setattr(command, "in_turns", in_turns)
    outcomes = measured()
    assert [path for path, _ in asked].count("/predict") == 2 * sum(not peer.ours for peer in PEERS)
    assert asked.count(("/invocations", "/predict")) == asked.count(("/invocations", "/invocations")) == 2
    assert asked.count(("/v2/models/churn/infer", "/v2/models/telco/infer")) == 2
    assert [len(one.alike) for one in outcomes] == [2 if peer.ours else 0 for peer in PEERS]


def test_a_peer_that_does_not_install_is_told_and_the_others_run_on(no_servers, capsys):
    def installed(name, _):
        if name == "bentoml":
            raise PeerFailed("not installed: no such version.")
        return Path(name)

    no_servers.setattr(command, "installed", installed)
    outcomes = measured()
    assert {one.peer.name: one.failure for one in outcomes if one.failure} == {
        "bentoml": "not installed: no such version."
    }
    assert [len(one.turns) for one in outcomes] == [0 if peer.name == "bentoml" else 2 for peer in PEERS]
    assert "BentoML, adaptive batching: not installed: no such version." in capsys.readouterr().err


def test_what_a_peer_bore_before_it_failed_is_kept(no_servers):
    def in_turns(_, load, ours, peer, *__):
        if load is MANY and peer.door.path == "/invocations":
            raise PeerFailed("failed under load: Non-2xx or 3xx responses: 7")
        return turns([3], [1])

    no_servers.setattr(command, "in_turns", in_turns)
    *others, mlflow = measured()
    assert mlflow.failure == "failed under load: Non-2xx or 3xx responses: 7"
    assert list(mlflow.turns) == [ONE.name]
    assert all(len(one.turns) == 2 and not one.failure for one in others)


def test_no_peer_is_started_that_would_not_end_in_time(no_servers):
    outcomes = measured(end=time.monotonic() + 100)
    assert all(one.failure == "not started: no time was left of the 30 minutes." for one in outcomes)
    assert not any(one.turns for one in outcomes)


@pytest.fixture
def turn_by_turn(monkeypatch):
    """No server and no wrk: what would be run is noted, with whether the peer is stopped then."""
    noted, stopped = [], []

    @contextmanager
    def paused():
        stopped.append(True)
        yield
        stopped.pop()

    def run(script, port, *, seconds, path, **_):
        noted.append((port, path, seconds, bool(stopped)))
        return Figures(port, 1, 2)

    monkeypatch.setattr(measuring, "check", lambda *_: None)
    monkeypatch.setattr(measuring, "ask", lambda *_: None)
    monkeypatch.setattr(measuring, "run", run)
    return noted, paused


def test_both_are_warmed_then_measured_by_turns_with_the_peer_stopped_in_ours(turn_by_turn, tmp_path):
    noted, paused = turn_by_turn
    peer = Target(2, PEERS[3].door)
    result = measuring.in_turns(tmp_path, ONE, Target(6, OURS), peer, paused, How(2, 3))
    by_turns = [(6, 1, True), (2, 1, False), (2, 3, False), (6, 3, True), (6, 3, True), (2, 3, False)]
    paths = {6: OURS.path, 2: peer.door.path}
    assert noted == [(port, paths[port], seconds, stopped) for port, seconds, stopped in by_turns]
    assert result.ratio == 3
    assert json.loads((tmp_path / "2/body.json").read_text()) == V2


def test_a_failure_of_our_own_service_is_not_told_as_the_peers(turn_by_turn, monkeypatch, tmp_path):
    def check(door, *_):
        if door is OURS:
            raise PeerFailed("answered 500: oops")

    monkeypatch.setattr(measuring, "check", check)
    with pytest.raises(RuntimeError, match="Our own service answered 500: oops"):
        measuring.in_turns(tmp_path, ONE, Target(6, OURS), Target(2, PEERS[0].door), turn_by_turn[1], How(1, 1))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([0.2502], r"answered 0\.250200 where 0\.250000 is right"),
        ([float("nan")], "answered nan where"),
        ([0.25, 0.25], "answered 2 probabilities for 1 records"),
        ({"detail": "no"}, 'answered {"detail": "no"}, which holds no probabilities'),
    ],
)
def test_a_wrong_answer_is_told(monkeypatch, answer, sentence):
    door = next(peer.door for peer in PEERS if peer.name == ("mlflow" if isinstance(answer, dict) else "ray"))
    monkeypatch.setattr(asking, "ask", lambda *_: answer)
    with pytest.raises(PeerFailed, match=sentence):
        asking.check(door, 1, [RECORD], [0.25])


def test_an_answer_close_enough_is_right(monkeypatch):
    monkeypatch.setattr(asking, "ask", lambda *_: [0.25009])
    asking.check(PEERS[4].door, 1, [RECORD], [0.25])


@pytest.fixture
def no_install(monkeypatch, tmp_path):
    """Locks and environments in a folder of the test; what would be run is noted."""
    ran = []
    monkeypatch.setattr(environments, "LOCKS", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "environments")
    monkeypatch.setattr(
        environments,
        "_run",
        lambda line, _: (tmp_path / "environments/x").mkdir(parents=True, exist_ok=True) or ran.append(line),
    )
    (tmp_path / "x.txt").write_text("one==1")
    return ran


def test_an_environment_is_made_anew_only_when_its_lock_changes(no_install, tmp_path):
    for lock, expected in (("one==1", 2), ("one==1", 2), ("one==2", 4)):
        (tmp_path / "x.txt").write_text(lock)
        assert environments.installed("x", 60) == tmp_path / "environments/x/bin"
        assert len(no_install) == expected
    assert "--require-hashes" in no_install[-1]


def test_nothing_is_installed_when_the_time_for_it_is_over(no_install):
    with pytest.raises(PeerFailed, match="no time was left for installing"):
        environments.installed("x", 0)
    assert not no_install


def test_an_installation_that_fails_gives_its_last_line_as_the_reason():
    with pytest.raises(PeerFailed, match=r"^not installed: no such version$"):
        environments._run([sys.executable, "-c", "import sys; sys.exit('first\\nno such version')"], 60)


@pytest.mark.skipif(
    not (Path("/proc/self/environ").exists() and shutil.which("taskset")), reason="Linux alone has these"
)
def test_a_child_in_a_session_of_its_own_ends_with_its_peer(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "_GRACE_S", 0.1)
    code = "import subprocess, sys, time; subprocess.Popen(['sleep', '600'], start_new_session=True); time.sleep(600)"
    mark = f"test-{os.getpid()}"
    environment = {**os.environ, processes._MARK: mark}
    core = min(os.sched_getaffinity(0))
    with processes._process([sys.executable, "-c", code], tmp_path, environment, core):
        end = time.monotonic() + 60
        while len(processes.marked(mark)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(processes.marked(mark)) == 2
    assert not processes.marked(mark)


def test_a_peer_that_ends_instead_of_starting_says_why(tmp_path):
    class Ended:
        returncode = 3

        def poll(self):
            return 3

    (tmp_path / "output.txt").write_text(f"starting\nNo module in {environments.PROJECT}/servers\n\n")
    with pytest.raises(PeerFailed, match=r"ended with code 3: No module in \./servers"):
        processes._await(Ended(), 1, "/", tmp_path / "output.txt")
