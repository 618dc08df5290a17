import re
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from churn.export import environment
from churn.export.environment import NEEDED, Environment

PROJECT = Path(__file__).parents[4]


def ranges():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    listed = [*project["dependencies"], *(name for more in project["optional-dependencies"].values() for name in more)]
    return dict(re.fullmatch(r"([\w-]+)(?:\[[\w,]+\])?([^;]*).*", entry).groups() for entry in listed)


def test_the_ranges_are_those_of_the_project():
    known = ranges()
    assert {name: wanted for name, wanted in NEEDED.items() if name != "mlflow"} == {
        name: known[name] for name in NEEDED if name != "mlflow"
    }


def test_what_is_installed_is_pinned_and_what_is_not_has_its_range(monkeypatch):
    def version(name):
        if name == "mlflow":
            raise PackageNotFoundError(name)
        return "9.8.7"

    monkeypatch.setattr(environment, "version", version)
    packages = Environment.here().packages
    assert "mlflow>=3,<4" in packages
    assert "numpy==9.8.7" in packages


def test_all_three_files_ask_for_the_same():
    asked = Environment("3.12.1", ["numpy==2.4.6", "pandas>=3,<4"])
    assert asked.requirements().splitlines()[1:] == ["numpy==2.4.6", "pandas>=3,<4"]
    assert asked.requirements().startswith("# churn-service ")
    assert asked.python_env("requirements.txt")["dependencies"] == ["-r requirements.txt"]
    assert asked.python_env("requirements.txt")["python"] == "3.12.1"
    assert asked.conda_env()["dependencies"] == ["python=3.12.1", "pip", {"pip": ["numpy==2.4.6", "pandas>=3,<4"]}]
