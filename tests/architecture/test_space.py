"""The folder for a Hugging Face Space is complete, and says the same of its port in both places."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
MAKE_SPACE = PROJECT / "deploy" / "huggingface" / "make_space.sh"
MOST_DESCRIPTION_CHARACTERS = 60  # more, and the Hub refuses the README


def make_space(
    *arguments: str | Path, cwd: Path | None = None, base: str | None = None
) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "BASE_IMAGE"}
    env |= {} if base is None else {"BASE_IMAGE": base}
    return subprocess.run(
        [MAKE_SPACE, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spaces") / "space"
    answer = make_space(folder)
    assert answer.returncode == 0, answer.stderr
    return folder


def defaults(dockerfile: str) -> dict[str, str]:
    return dict(re.findall(r"^ARG (\w+)=(\S+)$", dockerfile, re.MULTILINE))


def instructions(dockerfile: str, name: str) -> list[str]:
    """What follows each instruction of a name, with the defaults of the arguments put in."""
    lines = re.findall(rf"^{name} (.+)$", dockerfile.replace("\\\n", " "), re.MULTILINE)
    return [re.sub(r"\$\{(\w+)\}", lambda match: defaults(dockerfile).get(match[1], match[0]), line) for line in lines]


def copied(dockerfile: str) -> list[str]:
    """The files and folders that the Dockerfile takes from its context."""
    lines = [line for line in instructions(dockerfile, "COPY") if not line.startswith("--from=")]
    return [source for line in lines for source in shlex.split(line)[:-1]]


def kept(dockerignore: str) -> list[str]:
    return [line.removeprefix("!") for line in dockerignore.splitlines() if line.startswith("!")]


def contents(folder: Path) -> dict[str, bytes]:
    # Byte code is left out before it is read: another test may be writing it.
    files = [path for path in folder.rglob("*") if "__pycache__" not in path.parts and path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def front_matter(readme: str) -> dict[str, object]:
    beginning, matter, _ = readme.split("---\n", maxsplit=2)
    assert beginning == ""
    return yaml.safe_load(matter)


def test_the_image_listens_and_runs_as_a_space_wants_it_and_holds_what_lists_need(space):
    dockerfile = (space / "Dockerfile").read_text()
    environment = dict(part.split("=", 1) for line in instructions(dockerfile, "ENV") for part in shlex.split(line))
    assert environment["CHURN_IMAGE_PORT"] == "7860"
    assert environment["CHURN_FRAMED_BY"] == "https://huggingface.co"
    assert instructions(dockerfile, "EXPOSE") == ["7860"]
    assert instructions(dockerfile, "USER") == ["1000:1000"]
    assert "-r requirements/console.txt" in " ".join(instructions(dockerfile, "RUN"))


def test_the_plain_image_stays_as_it_is():
    dockerfile = (PROJECT / "Dockerfile").read_text()
    assert instructions(dockerfile, "EXPOSE") == ["8000"]
    assert instructions(dockerfile, "USER") == ["10001:10001"]
    assert "-r requirements/service.txt" in " ".join(instructions(dockerfile, "RUN"))


def test_only_the_defaults_of_the_arguments_differ(space):
    ours, theirs = ((folder / "Dockerfile").read_text().splitlines() for folder in (PROJECT, space))
    differing = [new for old, new in zip(ours, theirs, strict=True) if old != new]
    assert differing == [
        "ARG LOCK=console",
        "ARG PORT=7860",
        "ARG USER_ID=1000",
        "ARG FRAMED_BY=https://huggingface.co",
    ]


def test_a_base_image_that_is_named_by_its_digest_is_what_a_space_is_made_from(tmp_path):
    base = f"python:3.11-slim@sha256:{'0' * 64}"
    assert make_space(tmp_path, base=base).returncode == 0
    dockerfile = (tmp_path / "Dockerfile").read_text()
    assert [line.split()[0] for line in instructions(dockerfile, "FROM")] == [base, base]


def test_the_front_matter_says_the_port_that_the_image_exposes(space):
    matter = front_matter((space / "README.md").read_text())
    assert matter["sdk"] == "docker"
    assert [str(matter["app_port"])] == instructions((space / "Dockerfile").read_text(), "EXPOSE")
    assert len(matter["short_description"]) <= MOST_DESCRIPTION_CHARACTERS


def test_everything_that_the_image_is_made_of_is_there(space):
    sources = copied((space / "Dockerfile").read_text())
    assert {"churn/", "service/", "artifacts/telco/", "README.md"} <= set(sources)
    assert [source for source in sources if not (space / source).exists()] == []
    assert (space / "requirements" / "build.txt").is_file()
    assert (space / "requirements" / "console.txt").is_file()


def test_the_build_sees_what_it_needs(space):
    wanted = {"requirements/build.txt", "requirements/console.txt", "churn", "service", "artifacts/telco"}
    assert wanted <= set(kept((space / ".dockerignore").read_text()))


@pytest.mark.parametrize("folder", ["churn", "service", "artifacts/telco"])
def test_every_file_of_a_copied_folder_is_there(space, folder):
    assert contents(space / folder) == contents(PROJECT / folder)
    assert list((space / folder).rglob("__pycache__")) == []


def test_a_folder_is_meant_from_where_the_command_is_given(tmp_path):
    assert make_space("space", cwd=tmp_path).returncode == 0
    assert (tmp_path / "space" / "Dockerfile").is_file()


def test_an_empty_folder_is_filled(tmp_path):
    assert make_space(tmp_path).returncode == 0
    assert (tmp_path / "README.md").is_file()


def test_a_folder_that_holds_something_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / ".hidden").write_text("mine")
    answer = make_space(tmp_path)
    assert answer.returncode == 2
    assert answer.stderr == f"{tmp_path} is there and is no empty folder; name another one.\n"
    assert [path.name for path in tmp_path.iterdir()] == [".hidden"]


def test_a_file_is_refused(tmp_path):
    file = tmp_path / "space"
    file.write_text("mine")
    assert make_space(file).returncode == 2
    assert file.read_text() == "mine"


@pytest.mark.parametrize("arguments", [[], ["one", "two"]])
def test_other_than_one_folder_is_refused(tmp_path, arguments):
    answer = make_space(*arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stderr.endswith("name a new one: make_space.sh FOLDER\n")
    assert list(tmp_path.iterdir()) == []
