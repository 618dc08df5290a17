"""The audit log: appended to by several, and whatever is done to it afterwards is found."""

import asyncio
import errno
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import BadInput
from service.audit.line import NOTHING_BEFORE, digest_of, read
from service.audit.reading import find
from service.audit.verify import MOST_TOLD, verify
from service.audit.writing import AuditLog
from service.reply import Seen

MODEL = {"name": "telco", "version": "1"}
FACTS = {"request_id": "r", "key": "crm", "route": "/predict"}


def seen(*probabilities, name="a"):
    return Seen(MODEL, np.array(probabilities), [f"{name}{i}" for i in range(len(probabilities))])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.ndjson"


def filled(path, lines):
    log = AuditLog(path)
    for number in range(lines):
        log.write({**FACTS, "request_id": f"r{number + 1}"}, seen(0.25, 0.5))
    log.close()
    return log


def test_a_line_says_who_when_which_model_and_what(path):
    filled(path, 1)
    line = json.loads(path.read_text())
    assert line.pop("time").endswith("Z")
    assert line == {
        "line": 1, "previous": NOTHING_BEFORE, "request_id": "r1", "key": "crm", "route": "/predict", "name": "telco",
        "version": "1", "records": [["a0", 0.25], ["a1", 0.5]],
    }  # fmt: skip


def test_a_log_is_whole_and_its_end_is_where_the_writer_says(path):
    log = filled(path, 5)
    verdict = verify([path], head=log.place.digest)
    assert (verdict.lines, verdict.customers, verdict.problems) == (5, 10, [])
    assert verdict.end == log.place
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_goes_on_where_it_ended(path):
    filled(path, 3)
    log = filled(path, 2)
    assert log.place.number == 5
    assert not verify([path]).problems


def test_two_who_write_in_turns_make_one_chain(path):
    first, second = AuditLog(path), AuditLog(path)
    for log in (first, second, second, first, second):
        log.write(FACTS, seen(0.5))
    verdict = verify([path])
    assert (verdict.lines, verdict.problems, verdict.end) == (5, [], second.place)


def test_processes_that_write_at_the_same_time_make_one_chain(path):
    AuditLog(path).close()
    children = []
    for _ in range(3):
        if (pid := os.fork()) == 0:
            log = AuditLog(path)
            for _ in range(200):
                log.write(FACTS, seen(0.5))
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
    verdict = verify([path])
    assert (verdict.lines, verdict.problems) == (600, [])


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


DAMAGES = {
    "changed": (lambda lines: [*lines[:2], lines[2].replace(b"0.25", b"0.75"), *lines[3:]], "line 3 was changed"),
    "removed": (lambda lines: [*lines[:2], *lines[3:]], "has the number 4 after 2: lines between them were removed"),
    "removed at the beginning, and the rest renumbered": (
        lambda lines: [lines[1].replace(b'"line": 2', b'"line": 1'), *lines[2:]],
        "is numbered as the first, but names one before it",
    ),
    "moved": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "lines were moved, or added"),
    "twice": (lambda lines: [*lines[:3], lines[2], *lines[3:]], "lines were moved, or added"),
    "cut": (lambda lines: [*lines[:4], lines[4][:20]], "is no line of an audit log: it was changed, or cut"),
    "nested without end": (lambda lines: [*lines, b"[" * 100_000 + b"\n"], "is no line of an audit log"),
    "of other members": (lambda lines: [*lines, b'{"line": true}\n'], "is no line of an audit log"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_done_to_it_is_found_and_said(path, damage):
    filled(path, 5)
    change, sentence = DAMAGES[damage]
    path.write_bytes(b"".join(change(lines_of(path))))
    assert any(sentence in problem for problem in verify([path]).problems)


@given(st.data())
def test_no_byte_can_be_changed_unnoticed_but_in_the_last_line(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("audit") / "log"
    log = filled(path, 3)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    verdict = verify([path], head=log.place.digest)
    assert verdict.problems
    assert all(problem.endswith(".") for problem in verdict.problems)


def test_lines_removed_at_the_end_are_missed_by_who_noted_the_digest(path):
    log = filled(path, 5)
    path.write_bytes(b"".join(lines_of(path)[:3]))
    assert not verify([path]).problems
    [problem] = verify([path], head=log.place.digest).problems
    assert "lines were removed at the end" in problem


def test_what_is_cut_while_it_is_written_shows(path):
    log = AuditLog(path)
    for _ in range(4):
        log.write(FACTS, seen(0.5))
    path.write_bytes(b"".join(lines_of(path)[:2]))
    log.write(FACTS, seen(0.5))
    [problem] = verify([path]).problems
    assert "has the number 5 after 2" in problem


def test_a_line_that_a_fall_of_the_machine_cut_is_ended_and_told_and_the_log_goes_on(path):
    filled(path, 3)
    path.write_bytes(path.read_bytes()[:-30])
    filled(path, 2)
    [problem] = verify([path]).problems
    assert problem.startswith(f"Line 3 of {path} is no line of an audit log")
    assert [read(line.rstrip(b"\n"))["line"] for line in (*lines_of(path)[:2], *lines_of(path)[3:])] == [1, 2, 3, 4]


def test_a_file_that_is_moved_away_is_followed_by_a_new_one_which_goes_on(path, tmp_path):
    first, second = AuditLog(path), AuditLog(path)
    first.write(FACTS, seen(0.5))
    second.write(FACTS, seen(0.5))
    old = path.rename(tmp_path / "old")
    second.write(FACTS, seen(0.5))
    first.write(FACTS, seen(0.5))
    assert [len(lines_of(each)) for each in (old, path)] == [2, 2]
    assert (verify([old, path]).lines, verify([old, path]).problems) == (4, [])
    alone = verify([path])
    assert (alone.begins_after, alone.problems) == (2, [])


def test_where_no_new_file_can_be_made_it_is_raised_and_goes_on_when_it_can(path, tmp_path, monkeypatch):
    filled(path, 2)
    log = AuditLog(path)
    old = path.rename(tmp_path / "old")
    opened = AuditLog._opened

    def fails(_):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(AuditLog, "_opened", fails)
    for _ in range(2):
        with pytest.raises(OSError, match="Permission denied"):
            log.write(FACTS, seen(0.5))
    monkeypatch.setattr(AuditLog, "_opened", opened)
    log.write(FACTS, seen(0.5))
    assert (verify([old, path]).lines, verify([old, path]).problems) == (3, [])


def test_the_lines_of_a_file_that_is_moved_away_reach_the_disk(path, tmp_path, monkeypatch):
    synced = []
    log = AuditLog(path)
    log.write(FACTS, seen(0.5))
    old = path.rename(tmp_path / "old")
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino) or fsync(file))
    log.write(FACTS, seen(0.5))
    assert synced == [old.stat().st_ino]


def test_a_service_that_is_started_on_a_new_file_begins_anew_and_verify_says_so(path, tmp_path):
    filled(path, 3)
    old = path.rename(tmp_path / "old")
    filled(path, 2)
    verdict = verify([old, path])
    assert (verdict.lines, verdict.begun_anew, verdict.problems) == (5, 1, [])


def test_a_line_is_longer_than_what_is_read_at_once(path):
    log = AuditLog(path)
    log.write(FACTS, seen(*[0.123456] * 5_000))
    log.write(FACTS, seen(0.5))
    filled(path, 1)
    assert (verify([path]).lines, verify([path]).problems) == (3, [])


def test_what_the_disk_takes_in_part_is_taken_back_and_raised(path, monkeypatch):
    log = AuditLog(path)
    log.write(FACTS, seen(0.5))
    before, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 2]))
    with pytest.raises(OSError, match="No space left"):
        log.write(FACTS, seen(0.5))
    assert path.read_bytes() == before
    monkeypatch.undo()
    log.write(FACTS, seen(0.5))
    assert (verify([path]).lines, verify([path]).problems) == (2, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
def test_a_full_disk_is_raised():
    log = AuditLog(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        log.write(FACTS, seen(0.5))


def test_what_did_not_reach_the_disk_is_raised_once_by_the_next_line(path, monkeypatch):
    log = AuditLog(path)
    log.write(FACTS, seen(0.5))
    monkeypatch.setattr("service.audit.writing.SYNC_EVERY_S", 0)

    def fails(file):
        raise OSError(errno.EIO, "Input/output error")

    async def sync():
        syncing = asyncio.create_task(log.syncing())
        while log._fault is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        syncing.cancel()

    monkeypatch.setattr(os, "fsync", fails)
    asyncio.run(sync())
    with pytest.raises(OSError, match="Input/output"):
        log.write(FACTS, seen(0.5))
    monkeypatch.undo()
    log.write(FACTS, seen(0.5))
    assert verify([path]).lines == 2


def test_another_file_is_refused_and_stays_as_it_was(path):
    path.write_text("name,churn\n" * 20)
    with pytest.raises(BadInput, match="is no audit log: its last lines are none of one"):
        AuditLog(path)
    assert path.read_text() == "name,churn\n" * 20


@pytest.mark.parametrize("where", ["missing/audit", "."])
def test_where_no_file_can_be_is_a_sentence(tmp_path, where):
    with pytest.raises(BadInput, match="cannot be written: "):
        AuditLog(tmp_path / where)


def test_of_very_many_problems_some_are_told_and_all_counted(path):
    path.write_text("x\n" * 1_000)
    verdict = verify([path])
    assert (len(verdict.problems), verdict.more_problems) == (MOST_TOLD, 1_000 - MOST_TOLD)


def test_what_was_said_of_a_customer_is_found(path):
    log = AuditLog(path)
    log.write(FACTS, seen(0.25, name="a"))
    log.write({**FACTS, "request_id": "later"}, seen(0.75, 0.5, name="b"))
    [found] = find([path], ["never", "b1"])
    assert (found["record"], found["churn_probability"], found["request_id"], found["line"]) == (1, 0.5, "later", 2)
    assert "records" not in found


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum here")
def test_a_digest_is_that_of_common_tools(path):
    filled(path, 1)
    line = path.read_bytes()[:-1]
    said = subprocess.run(["sha256sum"], input=line, capture_output=True, check=True).stdout
    assert said.split()[0].decode() == digest_of(line)
