"""What can be known before a training is told before TensorFlow is loaded, and nothing is left on disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.training.conftest import write_customers

PROJECT = Path(__file__).parents[3]
HEAVY = ("tensorflow", "keras", "sklearn", "matplotlib", "pandas")
RUN = f"""
from training.__main__ import main
code = main(sys.argv[1:])
print(sorted(set(sys.modules) & set({HEAVY!r})))
sys.exit(code)
"""
NO_OPTUNA = "import importlib.util as u; real = u.find_spec; u.find_spec = lambda n: None if n == 'optuna' else real(n)"
FULL = "import shutil; usage = shutil.disk_usage('/')._replace(free=3_000_000); shutil.disk_usage = lambda _: usage"


@pytest.fixture
def folder(tmp_path):
    """A folder with a table, a file, a bundle without its model and a folder of somebody else."""
    write_customers(tmp_path / "customers.csv", 60)
    (tmp_path / "file").touch()
    (tmp_path / "letters").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "manifest.json").write_text("{}")
    (tmp_path / "broken.yaml").write_text("fields: [")
    return tmp_path


def files(folder):
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


def refuse(folder, options, prelude=""):
    """Run churn-train in a process of its own, which has to refuse; return what it said."""
    given = dict(zip(options[::2], options[1::2], strict=True))
    options = {"DATA": "customers.csv", "--label": "churn", "--out": "new/mine", **given}
    data = options.pop("DATA")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{prelude}\n{RUN}", data]
    command += [part for option in options.items() for part in option if part]
    before = files(folder)
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 2, answer.stderr
    assert answer.stdout == "[]\n"
    assert answer.stderr.count("\n") == 1
    assert files(folder) == before
    return answer.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["DATA", "absent.csv"], "There is no file absent.csv"),
        (["DATA", "letters"], "a table's name ends in one of"),
        (["--label", "chrun"], "no column 'chrun', which was to be the label. Did you mean 'churn'?"),
        (["--split-by", "joinning_date"], "which --split-by names. Did you mean 'joining_date'?"),
        (["--keep", "agee"], "no column 'agee', which was to be kept. Did you mean 'age'?"),
        (["--drop", "agee"], "no column 'agee', which was to be dropped. Did you mean 'age'?"),
        (["--delimiter", ";"], "has one column only"),
        (["--schema", "absent.yaml"], "The schema absent.yaml cannot be read"),
        (["--schema", "broken.yaml"], "this is no YAML"),
        (["--out", "file/mine"], "is no folder. Choose another --out"),
        (["--out", "file/deeper/mine"], "is no folder. Choose another --out"),
        (["--out", "letters"], "exists and is no bundle"),
        (["--out", "there"], "already holds a bundle; nothing was written. Choose another --out, or add --overwrite"),
        (["--out", "new/my bundle"], "letters, digits"),
        (["--from", "letters"], "has no manifest.json"),
    ],
)
def test_what_is_wrong_is_told_before_the_libraries_that_train_are_loaded(options, said, folder):
    assert said in refuse(folder, options)


def test_a_search_without_optuna(folder):
    assert "pip install 'churn-service[search]'" in refuse(folder, ["--search", "5"], NO_OPTUNA)


def test_a_disk_without_room_says_what_there_is_and_what_is_needed(folder):
    assert "has 3 MB left; a training needs 200 MB there" in refuse(folder, [], FULL)


def test_what_a_killed_run_left_is_cleared_even_where_the_next_is_refused(folder):
    from churn.workfolder import locked_folder

    with locked_folder(folder / "mine") as left:
        (left / "schema.json").touch()
    command = [sys.executable, "-m", "training", str(folder / "absent.csv"), "--label", "churn", "--out"]
    subprocess.run([*command, str(folder / "mine")], cwd=PROJECT, capture_output=True, check=False)
    assert not left.exists()
