"""The command, on published advisories and locks of old versions."""

import subprocess
import sys
from pathlib import Path

import pytest

from churn.errors import BadInput
from deploy.supply import __main__ as command

PROJECT = Path(__file__).parents[4]
OLD = ("Jinja2==2.11.2", "requests==2.30.0 ; sys_platform == 'win32'", "urllib3==1.26.17", "py==1.11.0", "ansible==2.9")
NEW = ("jinja2==3.1.6", "requests==2.32.5", "urllib3==2.5.0", "py==1.12.0")


def test_old_versions_are_found_with_what_mends_them(lock, archive, folder, capsys):
    for advisories in (archive, folder):
        assert command.main([str(lock(*OLD)), "--advisories", str(advisories)]) == 1
        *findings, told = capsys.readouterr().out.splitlines()
        assert [line.split(": ")[0] for line in findings] == [
            "jinja2 2.11.2 (old.txt)",
            "py 1.11.0 (old.txt)",
            "requests 2.30.0 (old.txt)",
            "urllib3 1.26.17 (old.txt)",
        ]
        assert "GHSA-g3rq-g295-4j3m" in findings[0]
        assert findings[0].endswith("[fixed in 2.11.3]")
        assert findings[1].endswith("[no version that mends it is named]")
        assert findings[2] == (
            "requests 2.30.0 (old.txt): PYSEC-2023-74 (CVE-2023-32681, GHSA-j8r2-6x86-q33q): "
            "Proxy-Authorization is sent on to the server that a redirect names [fixed in 2.31.0]"
        )
        assert findings[3].endswith("[fixed in 1.26.18 and 2.0.7]")
        assert told.startswith("5 packages of 1 locks were looked at against 5 advisories in ")
        assert told.endswith(": 4 found, 0 accepted.")


def test_new_versions_are_clean_and_a_sentence_says_how_much_was_looked_at(lock, archive, capsys):
    assert command.main([str(lock(*NEW)), "--advisories", str(archive)]) == 0
    told = capsys.readouterr().out
    assert told == f"4 packages of 1 locks were looked at against 5 advisories in {archive}: 0 found, 0 accepted.\n"


def test_what_is_accepted_is_counted_and_what_is_accepted_in_vain_is_told(lock, archive, tmp_path, capsys):
    entry = '[[accepted]]\nid = "{}"\npackage = "py"\nreason = "Nobody asks Subversion."\nsince = 2026-11-26\n'
    accepted = tmp_path / "accepted.toml"
    accepted.write_text(entry.format("CVE-2022-42969") + entry.format("CVE-1"))
    given = [str(lock("py==1.11.0")), "--advisories", str(archive), "--accepted", str(accepted)]
    assert command.main(given) == 0
    vain, told = capsys.readouterr().out.splitlines()
    assert vain == f"{accepted}: CVE-1 of py was not found any more; take the entry out."
    assert told.endswith(": 0 found, 1 accepted.")


@pytest.mark.parametrize("content", [None, b"{", b"PK\x03\x04 and no more"])
def test_advisories_that_cannot_be_read_are_a_sentence_and_2(lock, tmp_path, capsys, content):
    file = tmp_path / "advisories.zip"
    if content is not None:
        file.write_bytes(content)
    assert command.main([str(lock(*NEW)), "--advisories", str(file)]) == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith(f"make audit: {file} ")
    assert len(said.splitlines()) == 1


def test_a_service_that_cannot_be_reached_is_a_sentence_and_2(lock, capsys, monkeypatch):
    def unreachable(_pins):
        raise BadInput("The advisory service cannot be reached (no name).")

    monkeypatch.setattr(command, "ask", unreachable)
    assert command.main([str(lock(*NEW))]) == 2
    assert capsys.readouterr() == ("", "make audit: The advisory service cannot be reached (no name).\n")


def test_a_service_that_answers_is_named(lock, capsys, monkeypatch):
    monkeypatch.setattr(command, "ask", lambda _pins: [])
    assert command.main([str(lock(*NEW))]) == 0
    assert "4 packages of 1 locks were looked at against the advisories of osv.dev: 0" in capsys.readouterr().out


def test_the_locks_of_the_images_and_of_everything_get_a_bill(lock, archive, tmp_path, capsys, monkeypatch):
    made = []
    monkeypatch.setattr(command, "write_bill", lambda lock, pyproject, folder: made.append(lock.name) or folder / "b")
    locks = [str(lock(*NEW, name=f"{name}.txt")) for name in ("all", "e2e", "service")]
    assert command.main([*locks, "--advisories", str(archive), "--bills", str(tmp_path / "bills")]) == 0
    assert made == ["all.txt", "service.txt"]


def test_all_locks_of_the_project_but_those_of_the_peers_are_looked_at():
    assert {"service.txt", "all.txt", "build.txt"} <= {path.name for path in command.LOCKS}
    assert {path.parent for path in command.LOCKS} == {PROJECT / "requirements"}
    assert {f"{name}.txt" for name in command.BILLED} <= {path.name for path in command.LOCKS}


def test_it_runs_as_a_module_and_its_help_says_the_exit_codes():
    answer = subprocess.run(
        [sys.executable, "-m", "deploy.supply", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "0 nothing is known, 1 something is, 2 the locks" in " ".join(answer.stdout.split())
