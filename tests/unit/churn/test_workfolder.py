import subprocess
import sys
from pathlib import Path

import pytest

from churn.workfolder import left_folders, locked_folder

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "mine"


def test_a_folder_that_a_living_run_holds_was_not_left(out):
    with locked_folder(out) as folder:
        assert folder.is_dir()
        assert folder.parent == out.parent
        assert list(left_folders(out)) == []


def test_a_folder_of_a_run_that_has_ended_was_left(out):
    with locked_folder(out, "old-") as folder:
        pass
    assert list(left_folders(out)) == [folder]


def test_a_process_that_is_killed_holds_its_folder_no_more(out):
    code = (
        "import sys, pathlib, churn.workfolder as w\n"
        "with w.locked_folder(pathlib.Path(sys.argv[1])) as f: print(f, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(out)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        assert list(left_folders(out)) == []
        process.kill()
    assert list(left_folders(out)) == [folder]


def test_two_runs_that_clear_at_once_never_get_the_same_folder(out):
    with locked_folder(out):
        pass
    first, second = left_folders(out), left_folders(out)
    assert next(first, None) is not None
    assert next(second, None) is None


@pytest.mark.parametrize(
    "name",
    [".mine-backup00", ".mine.writing-notes", ".mine.writing-old-abcdefgh.txt", "mine", ".yours.writing-abcdefgh"],
)
def test_a_folder_of_another_name_is_nobodys_to_clear(name, out):
    (out.parent / name).mkdir()
    assert list(left_folders(out)) == []


def test_files_and_links_are_left_alone(out, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / ".mine.writing-abcdefgh").symlink_to(tmp_path / "precious")
    assert list(left_folders(out)) == []


def test_where_there_is_no_folder_nothing_was_left(tmp_path):
    assert list(left_folders(tmp_path / "nowhere" / "mine")) == []


def test_a_folder_that_another_run_cleared_before_it_was_locked_is_made_anew(out, monkeypatch):
    import tempfile

    make, made = tempfile.mkdtemp, []

    def cleared_at_first(**options):
        made.append(Path(make(**options)))
        if len(made) == 1:
            made[0].rmdir()
        return str(made[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", cleared_at_first)
    with locked_folder(out) as folder:
        assert folder == made[1]
        assert folder.is_dir()
