"""Lists as a page uses them: real services, a process for each list, and nothing left of any of them at the end.

Every service has its temporary files in a folder of the test's own, with a short name, for sockets take no long ones.
"""

import fcntl
import http.client
import json
import os
import random
import shutil
import signal
import socket
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churn import score
from churn.digits import shortest
from tests.customers import write_csv
from tests.e2e.conftest import Service, wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc to see the processes in"),
]

LISTS = "/console/lists"
ECONOMICS = {"value": "MonthlyCharges", "contact_cost": 5, "contact_success": 0.3, "budget": {"contacts": 20}}
OPTIONS = (
    "--decide", "--value", "MonthlyCharges", "--contact-cost", "5", "--contact-success", "0.3", "--contacts", "20",
    "--explain", "2",
)  # fmt: skip
MANY = 100_000
NAMES = ["<script>alert(1)</script>", "=1+1", "@SUM(A1)"]


# --- What a page does -------------------------------------------------------------------------------


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.content = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.content)


class Page:
    """Asks one service about lists, over a connection for each question."""

    def __init__(self, service, place):
        self.service, self.place = service, place
        self.kept = set()

    def ask(self, method, path="", body=None, type_="application/json", headers=None):
        connection = self.service.connect()
        try:
            content = json.dumps(body) if isinstance(body, dict) else body
            connection.request(method, f"{LISTS}{path}", content, {"content-type": type_, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def send(self, content, name="customers.csv"):
        body = content.read_bytes() if isinstance(content, Path) else content
        return self.ask("POST", f"?name={name}", body, "application/octet-stream")

    def start(self, content, name="customers.csv"):
        answer = self.send(content, name)
        assert answer.status == 202, answer.content
        return answer.json["id"]

    def status(self, identity):
        answer = self.ask("GET", f"/{identity}")
        assert answer.status == 200, answer.content
        return answer.json

    def await_end(self, identity):
        """Return what is told when the list is scored, or has failed."""
        return wait_until(lambda: (told := self.status(identity))["state"] in {"done", "failed"} and told, "the end")

    def scored(self, content, name="customers.csv"):
        identity = self.start(content, name)
        assert (told := self.await_end(identity))["state"] == "done", told
        return identity

    def rows(self, identity, **question):
        answer = self.ask("POST", f"/{identity}/rows", question)
        assert answer.status == 200, answer.content
        return answer.json

    def folders(self):
        """Return the folders of the lists that there are, but for those that are kept for several tests."""
        found = [path for root in self.place.glob("churn-lists-*") for path in root.iterdir() if path.is_dir()]
        return [path for path in found if path.name not in self.kept]

    def folder(self, identity):
        return next(self.place.glob(f"churn-lists-*/{identity}"))

    def processes(self):
        """Return the processes of those lists."""
        kept = {pid for identity in self.kept for pid in processes_of(self.folder(identity))}
        return [pid for pid in processes_of(self.place) if pid not in kept]

    def remove_all(self):
        for folder in self.folders():
            self.ask("DELETE", f"/{folder.name}")
        self.await_no_processes()

    def await_no_processes(self):
        wait_until(lambda: not self.processes(), "the processes of the lists to end")

    @contextmanager
    def nobody_s_turn(self):
        """Keep lists from being scored, as one does that is scored for long."""
        with next(self.place.glob("churn-lists-*")).joinpath("turn").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield


def processes_of(folder):
    """Return the processes of the lists in a folder, or of the list whose folder it is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:  # it has just ended
                continue
            if b"service.console.lists" in words and any(word.startswith(bytes(folder)) for word in words):
                found.append(int(entry.name))
    return found


@contextmanager
def short_folder():
    folder = Path(tempfile.mkdtemp(prefix="t", dir="/tmp")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place():
    """The folder for temporary files of the services of one test."""
    with short_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory, shipped_bundle):
    """One service for most tests."""
    folder = tmp_path_factory.mktemp("shared")
    with short_folder() as place:
        service = Service(folder, str(shipped_bundle), "--port", "0", "--drain-s", "0", env={"TMPDIR": str(place)})
        try:
            yield Page(service.await_ready(), place)
        finally:
            service.end()


@pytest.fixture
def page(shared):
    yield shared
    shared.remove_all()


@pytest.fixture(scope="module")
def listed(shared, table):
    """A list of the table, scored, for the tests that only ask."""
    identity = shared.scored(table, "my%20list.csv")
    shared.kept.add(identity)
    return identity


@pytest.fixture
def start(serve, shipped_bundle, place):
    """Starts a service with the options of a test."""

    def begin(*options, **more):
        environment = {"TMPDIR": str(place), **more.pop("env", {})}
        service = serve(shipped_bundle, "--port", "0", "--drain-s", "0", *options, env=environment, **more)
        return Page(service.await_ready(), place)

    return begin


# --- Tables -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def records(golden):
    """The golden records of customers as there are some, named."""
    usual = [record for record in golden["records"] if 0 < record["MonthlyCharges"] < 200]
    return [{"customerID": f"c-{at}", **record} for at, record in enumerate(usual)]


@pytest.fixture(scope="module")
def table(tmp_path_factory, records):
    """Customers of whom two are spoiled, one has HTML for a name, and two have formulas."""
    spoiled = [dict(record) for record in records]
    for at, name in enumerate(NAMES):
        spoiled[at]["customerID"] = name
    spoiled[60]["tenure"] = "<b>x</b>"
    spoiled[70]["Contract"] = ""
    return write_csv(tmp_path_factory.mktemp("table") / "in.csv", spoiled)


@pytest.fixture(scope="session")
def many(tmp_path_factory, records):
    """A hundred thousand customers, each field drawn from the golden records."""
    rng = random.Random(0)  # noqa: S311
    columns = {name: rng.choices([record[name] for record in records], k=MANY) for name in records[0]}
    path = tmp_path_factory.mktemp("many") / "in.parquet"
    pq.write_table(pa.table({**columns, "customerID": [f"c{at}" for at in range(MANY)]}), path)
    return path


def answers_of(bundle, table, out, *options):
    """Score a file by churn-score, and return the file of answers."""
    assert score.main([str(bundle), str(table), str(out), *options]) == 0
    return out


# --- The same as churn-score ------------------------------------------------------------------------


def test_a_list_says_what_churn_score_says(page, listed, records, shipped_bundle, table, tmp_path):
    expected = pq.read_table(answers_of(shipped_bundle, table, tmp_path / "out.parquet", *OPTIONS)).to_pylist()
    good = [{"row": at + 1, **one} for at, one in enumerate(expected) if one["error"] is None]
    told = page.status(listed)
    assert {name: told[name] for name in ("state", "name", "share", "error")} == {
        "state": "done", "name": "my list.csv", "share": 1.0, "error": None,
    }  # fmt: skip
    assert (told["rows"], told["scored"], told["refused"]) == (len(records), len(records) - 2, 2)
    assert told["flagged"] == sum(one["churn"] for one in good)
    assert sum(told["histogram"]) == len(good)
    found = page.rows(listed, economics=ECONOMICS, count=200, explain=2)
    assert found["total"] == len(good)
    probability = shortest(np.array([one["churn_probability"] for one in good]))
    assert [one["churn_probability"] for one in found["rows"]] == probability
    for one, other in zip(found["rows"], good, strict=True):
        assert (one["row"], one["customer_id"]) == (other["row"], other["customerID"])
        assert (one["churn"], one["risk"]) == (other["churn"], other["risk"])
        assert (one["decision"], one["sentence"]) == (other["decision"], other["decision_sentence"])
        assert one["expected_profit"] == pytest.approx(other["expected_profit"], abs=1e-4)
        assert [reason["field"] for reason in one["reasons"]] == [other["reason_1_field"], other["reason_2_field"]]
    decided = page.ask("POST", f"/{listed}/decide", ECONOMICS).json
    contacted = [one for one in good if one["contact"]]
    assert 0 < decided["contacts"] == len(contacted) <= 20
    assert decided["cost"] == 5 * len(contacted)
    assert decided["expected_profit"] == pytest.approx(sum(one["expected_profit"] for one in contacted))


@pytest.mark.parametrize(
    ("form", "type_"), [("csv", "text/csv; charset=utf-8"), ("parquet", "application/vnd.apache.parquet")]
)
def test_a_download_is_the_file_that_churn_score_writes(page, listed, shipped_bundle, table, tmp_path, form, type_):
    out = answers_of(shipped_bundle, table, tmp_path / f"out.{form}", *OPTIONS, "--for-spreadsheets")
    before = set(page.folder(listed).iterdir())
    answer = page.ask("POST", f"/{listed}/download", {"format": form, "economics": ECONOMICS, "explain": 2})
    assert (answer.status, answer.headers["content-type"]) == (200, type_)
    if form == "csv":
        assert answer.content == out.read_bytes()
        assert all(f'\n"\'{name}"'.encode() in answer.content for name in NAMES[1:])
    else:
        found = pq.read_table(pa.BufferReader(answer.content))
        assert found.equals(pq.read_table(out))
        assert found.column("customerID").to_pylist()[: len(NAMES)] == NAMES
    wait_until(lambda: set(page.folder(listed).iterdir()) == before, "the file on the disk to be removed")


def test_names_are_told_as_they_are(page, listed):
    answer = page.ask("POST", f"/{listed}/rows", {"count": len(NAMES)})
    assert answer.headers["content-type"] == "application/json"
    assert [one["customer_id"] for one in answer.json["rows"]] == NAMES


def test_rows_that_could_not_be_read_are_told_with_row_line_and_sentence(page, listed):
    answer = page.ask("POST", f"/{listed}/refused", {}).json
    assert answer["told"] == 2
    first, second = answer["rows"]
    assert (first["row"], first["line"], first["customer_id"]) == (61, 62, "c-60")
    assert first["error"].startswith("tenure: expected a whole number")
    assert first["error"].endswith('received "<b>x</b>"')
    assert (second["row"], second["line"], second["customer_id"]) == (71, 72, "c-70")
    assert second["error"].startswith("Contract: expected text such as")


# --- A large list, and several ----------------------------------------------------------------------


def test_a_hundred_thousand_customers_are_scored_while_others_are_answered(
    page, shipped_bundle, golden, many, table, tmp_path
):
    identity = page.start(many, "in.parquet")
    wait_until(lambda: page.status(identity)["state"] != "waiting", "it to begin")
    other = page.start(table)
    while (state := page.status(other)["state"]) in {"waiting", "scoring"}:
        assert state == "waiting" or page.status(identity)["state"] == "done"  # one is scored at a time
        status, answer = page.service.ask("POST", "/predict", golden["records"][:1])
        assert status == 200
        assert answer["predictions"][0]["churn_probability"] == pytest.approx(golden["probabilities"][0], abs=1e-4)
    assert page.status(identity)["scored"] == MANY
    expected = pq.read_table(answers_of(shipped_bundle, many, tmp_path / "out.parquet", *OPTIONS[:-2]))
    probability = expected.column("churn_probability").to_numpy()
    highest = np.argsort(-probability, kind="stable")[:200]
    found = page.rows(identity, sort="churn_probability", descending=True, count=200)
    assert [one["row"] for one in found["rows"]] == (highest + 1).tolist()
    high = np.flatnonzero(np.array(expected.column("risk").to_pylist()) == "high")
    found = page.rows(identity, risk=["high"], count=3, **{"from": 100})
    assert found["total"] == len(high)
    assert [one["row"] for one in found["rows"]] == (high[100:103] + 1).tolist()
    assert [one["customer_id"] for one in page.rows(identity, search="C9999")["rows"]] == [
        f"c{at}" for at in range(MANY) if "c9999" in f"c{at}"
    ]
    contacted = sorted(
        (rank, at + 1) for at, rank in enumerate(expected.column("rank").to_pylist()) if rank is not None
    )
    found = page.rows(identity, economics=ECONOMICS, only="contacted", sort="expected_profit", descending=True)
    assert [one["row"] for one in found["rows"]] == [row for _, row in contacted]


def test_the_serving_process_never_loads_pyarrow(page, listed):
    assert page.ask("POST", f"/{listed}/download", {}).status == 200

    def maps(pid):
        return Path(f"/proc/{pid}/maps").read_text()

    assert "libarrow" not in maps(page.service.process.pid)
    assert "libarrow" in maps(processes_of(page.folder(listed))[0])


def test_two_callers_have_two_lists_that_know_nothing_of_each_other(page, records, tmp_path):
    parts = records[:50], records[50:]
    files = [write_csv(tmp_path / f"{at}.csv", part) for at, part in enumerate(parts)]
    found = [None, None]

    def call(at):
        identity = page.scored(files[at], f"{at}.csv")
        found[at] = [one["customer_id"] for one in page.rows(identity, count=200)["rows"]]

    threads = [threading.Thread(target=call, args=(at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[record["customerID"] for record in part] for part in parts]


def test_while_it_waits_a_list_says_so_and_answers_nothing_else(page, listed, table):
    with page.nobody_s_turn():
        identity = page.start(table)
        assert page.status(identity)["state"] == "waiting"
        refused = page.ask("POST", f"/{identity}/rows", {})
        assert (refused.status, refused.json["detail"]) == (422, "The list is not scored: its state is waiting.")
    assert page.await_end(identity)["state"] == "done"


def test_a_fifth_list_is_told_to_come_again(page, listed, table):
    made = [page.start(table) for _ in range(3)]
    page.status(listed)  # which is in use, too
    answer = page.send(table)
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "4 lists are open" in answer.json["detail"]
    assert page.ask("DELETE", f"/{made[1]}").status == 204
    page.start(table)


# --- The end of a list ------------------------------------------------------------------------------


def test_a_list_that_is_cancelled_is_gone_with_its_process_whatever_it_does(page, table, many):
    scores = page.start(many, "in.parquet")
    wait_until(lambda: page.status(scores)["state"] != "waiting", "the scoring to begin")
    waits = page.start(table)
    for identity in (waits, scores):
        folder = page.folder(identity)
        assert len(processes_of(folder)) == 1
        assert page.ask("DELETE", f"/{identity}").status == 204
        assert not folder.exists()
        wait_until(lambda folder=folder: not processes_of(folder), "its process to end")
        again = page.ask("DELETE", f"/{identity}")
        assert (again.status, again.headers["content-type"]) == (404, "application/problem+json")
        assert page.ask("GET", f"/{identity}").status == 404
    assert page.folders() == []


def test_a_list_whose_process_is_killed_says_so_and_the_service_goes_on(page, listed, table, golden):
    identity = page.scored(table)
    folder = page.folder(identity)
    os.kill(processes_of(folder)[0], signal.SIGKILL)
    wait_until(lambda: not processes_of(folder), "its process to end")
    for method, path, body in (("GET", "", None), ("POST", "/rows", {}), ("POST", "/download", {})):
        answer = page.ask(method, f"/{identity}{path}", body)
        assert answer.status == 404
        assert "has ended, perhaps for want of memory; send the file again" in answer.json["detail"]
    assert page.rows(listed)["total"] > 100
    assert page.service.ask("POST", "/predict", golden["records"])[0] == 200
    assert page.ask("DELETE", f"/{identity}").status == 204


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/unknown", 404),
        ("DELETE", "/unknown", 404),
        ("POST", "/unknown/rows", 404),
        ("POST", "/unknown/download", 404),
        ("GET", "/..%2Flock", 404),
        ("PUT", "", 405),
        ("DELETE", "", 405),
        ("POST", "/unknown", 405),
        ("GET", "/unknown/rows", 405),
        ("PATCH", "/unknown", 405),
    ],
)
def test_what_is_not_there_and_what_cannot_be_done_is_said(page, method, path, status):
    answer = page.ask(method, path, {} if method == "POST" else None)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


# --- Files that are no tables -----------------------------------------------------------------------


def refused(page, content, name="customers.csv"):
    """Return the sentence that a list ends with when its file cannot be scored."""
    told = page.await_end(page.start(content, name))
    assert (told["state"], told["scored"]) == ("failed", 0)
    assert str(page.place) not in told["error"]
    return told["error"]


def test_an_empty_file_is_refused_at_once(page):
    answer = page.send(b"")
    assert (answer.status, answer.json["detail"]) == (
        422,
        "The file is empty; send a table with a line of column names.",
    )
    assert page.folders() == []


def test_a_pdf_by_another_name_is_refused(page):
    content = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" * 9
    assert refused(page, content, "mine.parquet").startswith("mine.parquet cannot be read as Parquet")
    assert "lacks the column(s) 'gender'" in refused(page, content, "mine.csv")


def test_a_table_of_other_columns_is_told_which_are_missing(page):
    sentence = refused(page, b"customerID,tenure\n1,2\n", "mine.csv")
    assert "lacks the column(s) 'gender', 'SeniorCitizen'" in sentence
    assert "It has 'customerID', 'tenure'." in sentence


def test_bytes_that_are_not_utf_8_are_read_as_a_spreadsheet_writes_them_and_it_is_said(page, table):
    identity = page.scored(table.read_bytes().replace(b"c-7,", "M\u00fcller,".encode("latin-1")))
    assert page.rows(identity, search="m\u00fcller")["total"] == 1
    assert any("UTF-8" in note for note in page.status(identity)["notes"])


# --- What is sent wrongly ---------------------------------------------------------------------------


def head(name, *lines):
    shown = "".join(f"{line}\r\n" for line in lines)
    return f"POST {LISTS}?name={name} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n{shown}\r\n".encode()


def answer_from(wire):
    response = http.client.HTTPResponse(wire)
    response.begin()
    return Answer(response)


def test_a_file_that_is_declared_too_large_is_refused_without_being_read(page):
    with socket.create_connection(("127.0.0.1", page.service.port), timeout=10) as wire:
        wire.sendall(head("a.csv", f"Content-Length: {250 * 1024 * 1024}"))
        answer = answer_from(wire)
    assert answer.status == 413
    assert "has 262,144,000 bytes; the limit is 209,715,200 bytes" in answer.json["detail"]
    assert page.folders() == []


def test_a_caller_who_hangs_up_in_the_middle_leaves_nothing(page):
    with socket.create_connection(("127.0.0.1", page.service.port), timeout=10) as wire:
        wire.sendall(head("a.csv", "Content-Length: 1000000") + b"a,b\n" * 100_000)
        wait_until(page.folders, "the folder of the list")
    wait_until(lambda: not page.folders(), "the folder to be removed")
    assert page.processes() == []


def test_a_file_that_goes_on_beyond_the_limit_is_refused_and_the_service_stops_without_a_trace(start, table, many):
    page = start("--list-limit-mb", "0.1")
    assert page.ask("GET").json == {"limit_bytes": 104_857, "why_not": None}
    with socket.create_connection(("127.0.0.1", page.service.port), timeout=10) as wire:
        wire.sendall(head("a.csv", "Transfer-Encoding: chunked"))
        for _ in range(103):
            wire.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        assert answer_from(wire).status == 413
    assert page.folders() == []
    page.scored(table)
    with page.nobody_s_turn():
        page.start(table)
        page.service.signal(signal.SIGTERM)
        assert page.service.wait() == 0
    assert list(page.place.iterdir()) == []
    page.await_no_processes()
    assert {event["event"] for event in page.service.events()} >= {"ready", "stopping"}


# --- The end of a service ---------------------------------------------------------------------------


def test_a_service_that_is_stopped_while_a_list_is_scored_leaves_nothing(start, many):
    page = start()
    identity = page.start(many, "in.parquet")
    wait_until(lambda: page.status(identity)["state"] != "waiting", "the scoring to begin")
    page.service.signal(signal.SIGTERM)
    assert page.service.wait() == 0
    assert list(page.place.iterdir()) == []
    page.await_no_processes()


def test_what_a_killed_service_leaves_ends_by_itself_and_the_next_one_tidies_up(start, table):
    killed = start()
    killed.scored(table)
    assert len(killed.processes()) == 1
    killed.service.signal(signal.SIGKILL)
    killed.service.wait()
    killed.await_no_processes()
    left = list(killed.place.iterdir())
    assert list(killed.place.rglob("customers.csv")) == []  # nothing of the customers, even before anybody tidies up
    page = start()
    page.scored(table)
    assert len(left) == 1
    assert not left[0].exists()
    page.service.signal(signal.SIGTERM)
    assert page.service.wait() == 0
    assert list(page.place.iterdir()) == []


def test_any_of_two_workers_answers_for_a_list_and_both_leave_nothing(start, table):
    page = start("--workers", "2")
    service = page.service

    wait_until(lambda: sum(event["event"] == "ready" for event in service.events()) == 2, "both to be ready")
    first, second = [event["pid"] for event in service.events() if event["event"] == "listening"]
    with standing(second):
        identity = page.scored(table)
        expected = page.rows(identity)
    with standing(first):
        assert page.rows(identity) == expected
        assert page.ask("POST", f"/{identity}/download", {}).status == 200
        other = page.scored(table)
        assert page.ask("DELETE", f"/{identity}").status == 204
    wait_until(lambda: len(page.processes()) == 1, "the process of the first list to end")
    assert page.ask("GET", f"/{identity}").status == 404
    assert page.rows(other) == expected
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    assert list(page.place.iterdir()) == []
    page.await_no_processes()


@contextmanager
def standing(pid):
    """Keep a worker from doing anything for as long as the block runs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T", "it to stand")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(("workers", "temporary"), [("1", "/nonexistent"), ("2", "/proc")])
def test_where_nothing_can_be_written_no_list_is_taken_and_all_else_is_answered(
    start, table, golden, workers, temporary
):
    page = start("--workers", workers, env={"TMPDIR": temporary})
    answer = page.send(table)
    assert answer.status == 501
    assert "No folder can be written to here; give the service one" in answer.json["detail"]
    assert page.service.ask("POST", "/predict", golden["records"])[0] == 200
    page.service.signal(signal.SIGTERM)
    assert page.service.wait() == 0


def test_without_the_page_there_are_no_lists(start, table, golden):
    page = start("--console", "off")
    assert [page.ask("GET").status, page.send(table).status, page.ask("GET", "/x").status] == [404, 404, 404]
    assert page.service.ask("POST", "/predict", golden["records"])[0] == 200
    assert list(page.place.iterdir()) == []
