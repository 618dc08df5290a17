"""Lists, part by part, without their processes: folders, what is sent, what is asked, and the customers themselves."""

import asyncio
import errno
import fcntl
import json
import math
import os
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import service
from churn.answers import RISKS, Scores
from churn.columns import Columns
from churn.decide import Budget, Economics, Verdict, decide
from churn.engines.base import FakeEngine
from churn.errors import BadInput
from churn.schema import Field, Schema
from churn.scoring import Scorer
from churn.tables import read_batches
from service.console.lists import folders as folders_module
from service.console.lists import holder, lists, routes, scored, upload
from service.console.lists.__main__ import Holder
from service.console.lists.answering import Answering
from service.console.lists.folders import FORGOTTEN_AFTER_S, IDLE_AFTER_S, MOST_LISTS, ListFolders, private_root
from service.console.lists.questions import EXAMPLES, MOST_ROWS, QUESTIONS, adapter
from service.console.lists.scored import Collector, ScoredList
from service.console.lists.task import Task
from service.console.lists.upload import check_length, check_name, receive
from service.formats.json_body.questions import read_question
from service.logs import Log
from service.problems import Refusal
from tests.customers import CUSTOMERS, customer, customers, write_csv
from tests.unit.service.conftest import fake_scorer, running

CSV = {"content-type": "text/csv"}


# --- Folders ----------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder that TMPDIR names."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def folders(tmp_path):
    return ListFolders(tmp_path)


def unused(folder, for_s):
    """Make a list look as if nobody had asked for it for so long."""
    then_s = time.time() - for_s
    os.utime(folder, (then_s, then_s))
    return folder


def test_the_folder_of_a_service_is_for_the_owner_alone_and_removed_with_all_in_it(place):
    with private_root() as root:
        assert root.parent == place
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        (ListFolders(root).make() / "customers.csv").write_text("x")
    assert list(place.iterdir()) == []


def test_the_folder_of_a_service_is_removed_when_it_fails(place):
    with pytest.raises(KeyError), private_root():
        raise KeyError
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("name", ["none", "file"])
def test_where_tmpdir_cannot_be_written_to_there_is_no_folder_and_none_elsewhere(place, monkeypatch, name):
    (place / "file").write_text("")
    monkeypatch.setenv("TMPDIR", str(place / name))
    with private_root() as root:
        assert root is None
    assert [path.name for path in place.iterdir()] == ["file"]


def test_what_a_killed_service_left_is_removed_and_all_else_stays(place):
    left, running_, young, other = (place / name for name in ("churn-lists-a", "churn-lists-b", "churn-lists-c", "d"))
    for folder in (left, running_, young, other):
        folder.mkdir()
        (folder / "customers.csv").write_text("x")
    for folder in (left, running_, other):
        (folder / "lock").write_text("")
    with (running_ / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with private_root() as root:
            assert set(place.iterdir()) == {running_, young, other, root}
    assert set(place.iterdir()) == {running_, young, other}


def test_two_services_side_by_side_leave_each_other_alone(place):
    with private_root() as first:
        with private_root() as second:
            assert {first, second} == set(place.iterdir())
        assert list(place.iterdir()) == [first]


def test_a_list_is_found_by_its_identifier_alone_and_only_while_it_is_there(folders):
    first, second = folders.make(), folders.make()
    assert first != second
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    assert len(first.name) >= 22  # 128 random bits
    assert folders.find(first.name) == first
    folders.remove(first)
    for identity in (first.name, "lock", "", ".", "..", f"../{folders.root.name}", second.name.lower() + "x"):
        with pytest.raises(Refusal, match="There is no such list, or no more") as refused:
            folders.find(identity)
        assert refused.value.kind == "not-found"
    assert folders.find(second.name) == second


def test_a_list_is_gone_at_one_stroke_even_if_its_process_goes_on_writing(folders, monkeypatch):
    folder = folders.make()
    (folder / "customers.csv").write_text("x")
    rmtree = folders_module.shutil.rmtree

    def write_meanwhile(*given, **options):
        with pytest.raises(FileNotFoundError):
            (folder / "more.csv").write_text("x")
        rmtree(*given, **options)

    monkeypatch.setattr(folders_module.shutil, "rmtree", write_meanwhile)
    folders.remove(folder)
    assert list(folders.root.iterdir()) == []


def test_to_remove_a_list_twice_is_no_error(folders):
    folder = folders.make()
    folders.remove(folder)
    folders.remove(folder)


def test_when_all_lists_are_in_use_another_is_told_to_come_again(folders):
    made = [folders.make() for _ in range(MOST_LISTS)]
    with pytest.raises(Refusal, match=f"{MOST_LISTS} lists are open") as refused:
        folders.make()
    assert refused.value.kind == "too-busy"
    assert int(refused.value.headers["Retry-After"]) > 0
    folders.remove(made[2])
    folders.make()
    assert all(folder.exists() for at, folder in enumerate(made) if at != 2)


def test_of_idle_lists_the_one_that_is_idle_the_longest_makes_room(folders):
    made = [folders.make() for _ in range(MOST_LISTS)]
    unused(made[1], IDLE_AFTER_S + 60)
    unused(made[3], IDLE_AFTER_S + 120)
    folders.make()
    assert [folder.exists() for folder in made] == [True, True, True, False]


def test_an_idle_list_stays_as_long_as_there_is_room(folders):
    idle = unused(folders.make(), IDLE_AFTER_S + 60)
    folders.make()
    assert idle.exists()


def test_a_question_keeps_a_list_from_being_idle(folders):
    made = [unused(folders.make(), IDLE_AFTER_S + 60) for _ in range(MOST_LISTS)]
    for folder in made:
        folders.find(folder.name)
    with pytest.raises(Refusal):
        folders.make()


def test_forgotten_lists_are_removed_even_where_there_is_room(folders):
    made = [unused(folders.make(), FORGOTTEN_AFTER_S + 60), unused(folders.make(), FORGOTTEN_AFTER_S - 60)]
    folders.make()
    assert [folder.exists() for folder in made] == [False, True]


def test_a_list_is_forgotten_after_an_hour_or_when_it_is_gone(folders):
    folder = folders.make()
    assert not folders_module.is_forgotten(folder)
    assert not folders_module.is_forgotten(unused(folder, FORGOTTEN_AFTER_S - 60))
    assert folders_module.is_forgotten(unused(folder, FORGOTTEN_AFTER_S + 60))
    folders.remove(folder)
    assert folders_module.is_forgotten(folder)


TASK = Task("customers.csv", "mine.csv", "bundle", "1", None, "compiled", "2024-02-29", {"value": None}, "info")


def test_a_task_is_read_as_it_was_written(tmp_path):
    TASK.write(tmp_path)
    assert Task.read(tmp_path) == TASK
    assert TASK.day.isoformat() == "2024-02-29"


def test_a_folder_whose_name_is_too_long_for_a_socket_is_told(tmp_path):
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with pytest.raises(Refusal, match=r"No socket can be made in .* Give the service another TMPDIR") as refused:
        holder.start(folder, TASK)
    assert refused.value.kind == "no-lists"


class Started:
    """Stands for a process, and remembers how it was started."""

    def __init__(self, command, **options):
        self.command, self.options = command, options

    def wait(self):
        return 0


def test_the_process_runs_the_code_of_the_service_whatever_lies_in_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "service.py").write_text("raise SystemExit('another service')")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(holder.subprocess, "Popen", Started)
        started = holder.start(Path(folder), TASK)
    monkeypatch.chdir(tmp_path)
    python = started.command[: started.command.index("-m")]
    told = subprocess.run(
        [*python, "-c", "import service; print(service.__file__)"],
        env=started.options["env"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == service.__file__


# --- What is sent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.csv", ".csv"), ("A.CSV", ".csv"), ("my.list.Parquet", ".parquet"), ("/x/y.arrow", ".arrow")],
)
def test_the_name_of_a_table_tells_its_format(name, suffix):
    assert check_name(name) == suffix


@pytest.mark.parametrize("name", ["", "a", "csv", ".csv", "a.xlsx", "a.csv.gz", "x" * 10_000])
def test_another_name_is_refused_with_those_that_would_be_right(name):
    with pytest.raises(Refusal, match=r"ends in \.csv, \.parquet, \.arrow\.") as refused:
        check_name(name)
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize("length", ["1001", "99999999999999999999"])
def test_a_declared_length_over_the_limit_is_refused(length):
    with pytest.raises(Refusal, match=f"has {int(length):,} bytes; the limit is 1,000 bytes") as refused:
        check_length(length, 1_000)
    assert refused.value.kind == "too-large"


@pytest.mark.parametrize("length", [None, "", "0", "1000", "-5", "many"])
def test_a_length_that_may_be_is_left_to_the_counting(length):
    check_length(length, 1_000)


async def _pieces(given):
    for piece in given:
        yield piece


def sent(pieces, path, limit_bytes=10_000_000):
    asyncio.run(receive(_pieces(pieces), path, limit_bytes))


@given(st.lists(st.binary(max_size=9), max_size=30), st.integers(1, 40))
def test_a_file_is_written_as_it_was_sent_however_it_is_cut(tmp_path_factory, pieces, gathered_bytes):
    path = tmp_path_factory.mktemp("sent") / "customers.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload, "_GATHERED_BYTES", gathered_bytes)
        if any(pieces):
            sent(pieces, path)
            assert path.read_bytes() == b"".join(pieces)
        else:
            with pytest.raises(Refusal, match="The file is empty"):
                sent(pieces, path)


def test_exactly_the_limit_may_be_sent_and_not_a_byte_more(tmp_path):
    sent([b"x" * 600, b"x" * 400], tmp_path / "a.csv", 1_000)
    with pytest.raises(Refusal, match="The file goes on; the limit is 1,000 bytes"):
        sent([b"x" * 600, b"x" * 400, b"x", b"never read"], tmp_path / "b.csv", 1_000)


def test_a_list_that_is_still_being_sent_is_in_use(folders, monkeypatch):
    folder = folders.make()
    monkeypatch.setattr(upload, "_GATHERED_BYTES", 2)

    async def slowly():
        yield b"x"
        unused(folder, IDLE_AFTER_S + 60)
        yield b"y"
        await asyncio.sleep(0)
        assert time.time() - folder.stat().st_mtime < IDLE_AFTER_S

    asyncio.run(receive(slowly(), folder / "customers.csv", 100))
    assert (folder / "customers.csv").read_bytes() == b"xy"


# --- What is asked ----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_example_of_a_question_is_a_question_and_so_is_nothing_at_all(question):
    example = read_question(EXAMPLES[question].encode(), adapter(question), "")
    assert example == json.loads(EXAMPLES[question])
    assert read_question(b"{}", adapter(question), "") == {}


@pytest.mark.parametrize(
    ("question", "asked", "said"),
    [
        (
            "rows",
            {"sort": "shoe"},
            "\"sort\" is \"shoe\"; it has to be 'row', 'customer_id', 'churn_probability' or 'exp",
        ),
        ("rows", {"descending": 1}, '"descending" is 1; it has to be true or false.'),
        ("rows", {"descending": "yes"}, '"descending" is "yes"; it has to be true or false.'),
        ("rows", {"only": None}, "\"only\" is null; it has to be 'all', 'contacted' or 'left_out'."),
        ("rows", {"risk": "low"}, '"risk" is "low"; it has to be an array.'),
        ("rows", {"risk": ["low", "huge"]}, "\"risk.1\" is \"huge\"; it has to be 'low', 'medium' or 'high'."),
        ("rows", {"search": 5}, '"search" is 5; it has to be text.'),
        ("rows", {"from": -1}, '"from" is -1; it has to be 0 or more.'),
        ("rows", {"from": 1.5}, '"from" is 1.5; it has to be a whole number.'),
        ("rows", {"count": MOST_ROWS + 1}, f'"count" is {MOST_ROWS + 1}; it has to be {MOST_ROWS} at the most.'),
        ("rows", {"count": True}, '"count" is true; it has to be a whole number.'),
        ("rows", {"explain": -1}, '"explain" is -1; it has to be 0 or more.'),
        ("rows", {"shoe": 1}, '"shoe" is no member that is known here.'),
        ("rows", {"economics": {"value": True}}, '"economics.value" is true; it has to be a number or text.'),
        ("rows", {"economics": {"records": []}}, '"economics.records" is no member that is known here.'),
        ("decide", {"budget": {"contacts": 1.5}}, '"budget.contacts" is 1.5; it has to be a whole number.'),
        ("refused", {"count": 10**9}, f'it has to be {MOST_ROWS} at the most. Send an object such as {{"from": 0'),
        ("download", {"format": "xlsx"}, "\"format\" is \"xlsx\"; it has to be 'csv' or 'parquet'."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(question, asked, said):
    with pytest.raises(Refusal) as refused:
        read_question(json.dumps(asked).encode(), adapter(question), EXAMPLES[question])
    assert said in refused.value.detail


@pytest.fixture
def held(tmp_path):
    """The inside of a list's process, before anything is scored."""
    TASK.write(tmp_path)
    return Holder(tmp_path)


def reply(held, question, body=b"{}"):
    kind, _, content = held.reply(question, body, lambda: None).partition(b"\n")
    return kind.decode(), content.decode()


def test_before_it_is_scored_a_list_tells_its_state_and_no_more(held):
    kind, content = reply(held, "status")
    assert (kind, json.loads(content)["state"], json.loads(content)["name"]) == ("ok", "waiting", "mine.csv")
    for question in QUESTIONS:
        assert reply(held, question) == ("invalid-question", "The list is not scored: its state is waiting.")


@pytest.mark.parametrize("body", [b'{"sort": "\\ud800"}', b"\xff", b"{", b"[]", b""])
def test_what_is_no_question_is_refused_in_a_sentence(held, body):
    held._answering = object()
    kind, content = reply(held, "rows", body)
    assert kind in {"malformed-json", "invalid-question"}
    assert content.endswith(".")


def test_what_fails_within_is_logged_and_said_without_its_insides(held):
    lines: list[str] = []
    held.log = Log("info", lines.append)
    held._answering = SimpleNamespace(decide=None, refused=None, rows=lambda _: 1 / 0)
    assert reply(held, "rows") == (
        "internal-error",
        "The service failed on this question; its log says where.",
    )
    held.log.flush()
    assert "ZeroDivisionError" in "".join(lines)


# --- The customers ----------------------------------------------------------------------------------

WORTH = Schema((Field("worth", "number", nullable=True),), identifier="id")


def hand_made(values, probabilities, identifiers, rows=None):
    """A list of customers of whom only the value, the probability and the identifier are known."""
    count = len(values)
    columns = Columns(WORTH, np.array(values, np.float64).reshape(count, 1), np.empty((count, 0), np.int32))
    probability = np.array(probabilities, np.float64)
    risk = np.array([0.3, 0.6]).searchsorted(probability, side="right")
    places = np.arange(1, count + 1) if rows is None else np.array(rows, np.intp)
    return ScoredList(columns, Scores(probability, probability >= 0.5, risk), places, identifiers, [])


def decided(listed):
    return decide(Economics("worth", 2, 0.5), Budget(), listed.columns, listed.scores.probability)


NUMERALS = ["7", "07", "10", "9", "100", "007", "0", "00", "9" * 5_000]
NAMES = ["b", "B", "a10", "a9", "=1", "<b>", "é", "ß", "", "10"]


@st.composite
def lists_of(draw, names):
    count = draw(st.integers(0, 25))
    several = {"min_size": count, "max_size": count}
    values = draw(st.lists(st.sampled_from([math.nan, -4.0, 4.0, 10.0, 20.0]), **several))
    steps = draw(st.lists(st.integers(0, 4), **several))
    identifiers = draw(st.none() | st.lists(st.sampled_from([None, *names]), **several))
    rows = sorted(draw(st.sets(st.integers(1, 99), **several)))
    return hand_made(values, [step / 4 for step in steps], identifiers, rows)


def in_order(listed, keys, *, descending):
    """Sort by Python: None and NaN last in either direction, equal ones as in the file."""
    known = [at for at, key in enumerate(keys) if key is not None and key == key]  # noqa: PLR0124  NaN
    groups = sorted({keys[at] for at in known}, reverse=descending)
    found = [at for group in groups for at in known if keys[at] == group]
    return found + [at for at in range(len(listed)) if at not in known]


@given(lists_of(NAMES), st.booleans())
def test_every_order_is_that_of_a_plain_sort(listed, descending):
    decisions = decided(listed)
    names = listed.identifiers or [None] * len(listed)
    keys = {
        "row": listed.rows.tolist(),
        "churn_probability": listed.scores.probability.tolist(),
        "expected_profit": decisions.profit.tolist(),
    }
    if not all(name is None or name.isdecimal() for name in names):
        keys["customer_id"] = names
    for sort, by in keys.items():
        found = listed.order(decisions, sort, descending=descending).tolist()
        assert found == in_order(listed, by, descending=descending), sort


@given(lists_of(NUMERALS), st.booleans())
def test_identifiers_that_are_all_numbers_stand_by_their_size(listed, descending):
    size = {name: (0 if len(name) < 5_000 else 1, int(name[:9]), name) for name in NUMERALS}
    keys = [None if name is None else size[name] for name in listed.identifiers or [None] * len(listed)]
    found = listed.order(None, "customer_id", descending=descending).tolist()
    assert found == in_order(listed, keys, descending=descending)


@given(
    lists_of(NAMES),
    st.none() | st.lists(st.sampled_from(RISKS)),
    st.sampled_from([None, "", "b", "B", "1", "SS", "É", "<", "nowhere"]),
    st.sampled_from(["all", "contacted", "left_out"]),
)
def test_every_filter_is_that_of_a_plain_comparison(listed, risk, search, only):
    decisions = decided(listed)

    def is_meant(at):
        name = None if listed.identifiers is None else listed.identifiers[at]
        is_contacted = decisions.verdict[at] == Verdict.CONTACTED
        return (
            (risk is None or RISKS[listed.scores.risk[at]] in risk)
            and (not search or (name is not None and search.casefold() in name.casefold()))
            and (only == "all" or is_contacted == (only == "contacted"))
        )

    assert listed.matching(decisions, risk, search, only).tolist() == [is_meant(at) for at in range(len(listed))]


def test_what_needs_a_decision_is_refused_without_one():
    listed = hand_made([1.0], [0.5], ["a"])
    with pytest.raises(BadInput, match=r'"sort" is "expected_profit", but it is not decided .*; add "economics"'):
        listed.order(None, "expected_profit", descending=False)
    with pytest.raises(BadInput, match=r'"only" is "contacted", but it is not decided .*; add "economics"'):
        listed.matching(None, None, None, "contacted")


class Tenure(FakeEngine):
    """Answers tenure / 100."""

    def predict(self, columns):
        return columns.numbers[:, 0] / 100


@pytest.fixture
def scorer():
    return Scorer(CUSTOMERS, Tenure(), 0.4, (0.3, 0.6))


def collected(path, scorer):
    collector = Collector(scorer)
    return collector, collector.collect(read_batches(path, CUSTOMERS))


def test_customers_keep_their_rows_and_bad_ones_are_told_with_theirs(tmp_path, scorer):
    records = [{"id": f"c{at}", **customer(tenure=at)} for at in range(6)]
    records[2]["tenure"], records[2]["plan"] = "<b>x</b>", ""
    records[4]["wallet"] = 1e6
    collector, listed = collected(write_csv(tmp_path / "in.csv", records), scorer)
    assert (collector.read, collector.scored, collector.refused, collector.share) == (6, 4, 2, 1.0)
    assert listed.rows.tolist() == [1, 2, 4, 6]
    assert listed.identifiers == ["c0", "c1", "c3", "c5"]
    assert listed.scores.probability.tolist() == [0.0, 0.01, 0.03, 0.05]
    assert [(one["row"], one["line"], one["customer_id"]) for one in listed.refused] == [(3, 4, "c2"), (5, 6, "c4")]
    assert listed.refused[0]["error"] == (
        'tenure: expected a whole number, received "<b>x</b>"; '
        'plan: expected text such as "Basic", "Gold", "Silver", received ""'
    )


def test_a_list_over_several_batches_is_the_same_as_in_one(tmp_path, scorer, monkeypatch):
    records = [{"id": at, **record} for at, record in enumerate(customers(300))]
    records[7]["tenure"] = records[250]["tenure"] = "x"
    path = write_csv(tmp_path / "in.csv", records)
    whole = collected(path, scorer)[1]
    monkeypatch.setattr("churn.tables.reading.BATCH_ROWS", 64)
    parts = collected(path, scorer)[1]
    assert parts.rows.tolist() == whole.rows.tolist() == [at + 1 for at in range(300) if at not in {7, 250}]
    assert (parts.identifiers, parts.refused) == (whole.identifiers, whole.refused)
    np.testing.assert_array_equal(parts.columns.numbers, whole.columns.numbers)
    np.testing.assert_array_equal(parts.scores.probability, whole.scores.probability)


def test_a_table_without_identifiers_has_none(tmp_path, scorer):
    _, listed = collected(write_csv(tmp_path / "in.csv", customers(3)), scorer)
    assert listed.identifiers is None
    assert listed.order(None, "customer_id", descending=True).tolist() == [0, 1, 2]
    assert listed.matching(None, None, "1", "all").tolist() == [False] * 3


def test_a_list_of_nobody_is_one(tmp_path, scorer):
    (tmp_path / "in.csv").write_text(",".join(["id", *customer()]) + "\n")
    _, listed = collected(tmp_path / "in.csv", scorer)
    assert len(listed) == 0
    assert listed.order(None, "customer_id", descending=False).tolist() == []


def test_a_list_of_too_many_customers_is_refused_with_what_takes_them(tmp_path, scorer, monkeypatch):
    path = write_csv(tmp_path / "in.csv", customers(5))
    monkeypatch.setattr(scored, "MOST_CUSTOMERS", 5)
    collected(path, scorer)
    monkeypatch.setattr(scored, "MOST_CUSTOMERS", 4)
    with pytest.raises(BadInput, match="more than the 4 customers that are shown here; score it with churn-score"):
        collected(path, scorer)


def test_of_many_refused_rows_the_first_are_told_and_all_counted(tmp_path, scorer, monkeypatch):
    monkeypatch.setattr("churn.tables.reading.BATCH_ROWS", 64)
    monkeypatch.setattr(scored, "MOST_REFUSED", 100)
    path = write_csv(tmp_path / "in.csv", [{"id": at, **customer(tenure="x")} for at in range(300)])
    collector, listed = collected(path, scorer)
    assert collector.refused == 300
    assert [one["row"] for one in listed.refused] == list(range(1, 101))


# --- The answers ------------------------------------------------------------------------------------


def answering(listed, tmp_path, bundle, **usual):
    return Answering(tmp_path / "customers.csv", bundle, Scorer(WORTH, Tenure(), 0.4, (0.3, 0.6)), None, usual, listed)


def test_a_curve_holds_no_total_that_json_has_no_number_for(tmp_path, bundle):
    listed = hand_made([1e308] * 3, [1.0] * 3, None)
    question = {"value": "worth", "contact_cost": 0, "contact_success": 1, "budget": {"contacts": 1}}
    answer = answering(listed, tmp_path, bundle).decide(question)
    assert answer["curve"] == [[0, 0.0], [1, 1e308]]
    json.dumps(answer, allow_nan=False)


def test_a_page_of_rows_is_cut_from_all_that_match(tmp_path, bundle):
    listed = hand_made([4.0] * 5, [0.1, 0.9, 0.5, 0.7, 0.2], ["a", "b", "a", "a", "b"])
    asked = answering(listed, tmp_path, bundle)
    question = {"sort": "churn_probability", "descending": True, "search": "A", "from": 1, "count": 1}
    found = asked.rows(question)
    assert (found["total"], [one["row"] for one in found["rows"]]) == (3, [3])
    assert asked.rows({**question, "from": 10**30}) == {"total": 3, "rows": []}
    assert asked.rows({"count": 0})["rows"] == []


def test_more_reasons_than_fields_and_reasons_that_nobody_has_are_refused(tmp_path, bundle):
    asked = answering(hand_made([4.0], [0.1], None), tmp_path, bundle)
    with pytest.raises(BadInput, match='"explain" is 2; the model has 1 fields'):
        asked.rows({"explain": 2})
    with pytest.raises(Refusal, match="so there are no reasons") as refused:
        asked.rows({"explain": 1})
    assert refused.value.kind == "no-reasons"


# --- The paths --------------------------------------------------------------------------------------


def test_without_pyarrow_no_list_is_taken_and_the_service_is_fine(client, record, monkeypatch):
    monkeypatch.setattr(lists, "find_spec", lambda _: None)
    assert "pip install 'churn-service[console]'" in client.get("/console/lists").json()["why_not"]
    answer = client.post(b"a\n1\n", "/console/lists?name=a.csv", CSV)
    assert answer.status_code == 501
    assert answer.json()["detail"] == lists.NO_TABLES
    assert client.predict(record).status_code == 200


def test_on_a_system_without_locks_no_list_is_taken(client, monkeypatch):
    monkeypatch.setattr(lists, "find_spec", lambda name: None if name == "fcntl" else name)
    for answer in (client.post(b"a\n1\n", "/console/lists?name=a.csv", CSV), client.get("/console/lists/x")):
        assert answer.status_code == 501
        assert "which lists need; use churn-score" in answer.json()["detail"]


def test_where_nothing_can_be_written_no_list_is_taken_and_the_service_is_fine(client, record, monkeypatch, place):
    monkeypatch.setenv("TMPDIR", str(place / "none"))
    answer = client.post(b"a\n1\n", "/console/lists?name=a.csv", CSV)
    assert answer.status_code == 501
    assert "No folder can be written to here" in answer.json()["detail"]
    assert client.predict(record).status_code == 200


def test_a_disk_that_is_full_is_told_and_nothing_of_the_list_stays(client, monkeypatch, place):
    async def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(routes, "receive", fail)
    monkeypatch.setenv("TMPDIR", str(place))
    answer = client.post(b"a\n1\n", "/console/lists?name=a.csv", CSV)
    assert answer.status_code == 501
    assert answer.json()["detail"] == "The file cannot be kept here: No space left on device."
    assert [path.name for path in place.glob("churn-lists-*/*") if path.is_dir()] == []


def test_while_the_model_is_loaded_no_list_is_taken(bundle):
    may_load = threading.Event()

    def open_when_told(*arguments):
        may_load.wait(5)
        return fake_scorer(*arguments)

    with running(bundle, open_scorer=open_when_told) as client:
        answer = client.post(b"a\n1\n", "/console/lists?name=a.csv", CSV)
        may_load.set()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("type_", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_what_a_page_from_elsewhere_could_send_is_refused(client, place, type_):
    answer = client.post(b"a\n1\n", "/console/lists?name=a.csv", {"content-type": type_})
    assert answer.status_code == 415
    assert "send a table as application/octet-stream, text/csv" in answer.json()["detail"]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "body", "status", "said"),
    [
        ("", b"x", 415, "The file is named ''; a table's name ends in .csv"),
        ("?name=a.pdf", b"x", 415, "The file is named 'a.pdf'"),
        ("?name=a.csv", b"", 422, "The file is empty; send a table with a line of column names."),
        ("?name=a.csv", b"x" * 200_000, 413, "the limit is 104,857 bytes"),
    ],
)
def test_a_file_that_cannot_be_taken_leaves_nothing(bundle, place, query, body, status, said):
    with running(bundle, list_limit_bytes=104_857) as client:
        client.await_loaded()
        answer = client.post(body, f"/console/lists{query}", CSV)
        assert answer.status_code == status
        assert said in answer.json()["detail"]
        assert [path for root in place.iterdir() for path in root.iterdir() if path.is_dir()] == []
    assert list(place.iterdir()) == []
