"""README and docs do what they say: marked blocks are run, what they show is compared, and links lead somewhere.

A block is run when an HTML comment stands right before it::

    <!-- test: predict needs=service -->
    ```console
    $ curl -s http://localhost:8000/health/live
    {"status": "ok"}
    ```

* In a ``console`` block a line with ``$ `` is a command (a ``\\`` at its end, or ``> `` before the next line,
  carries it on) and the lines up to the next command are its answer. In a ``bash`` or ``sh`` block everything
  is one script; a ``json`` block right after it is its answer.
* Every command must end with exit code 0. A shown answer is compared as JSON if it is JSON (numbers to 1e-4,
  objects with exactly the shown members), else line by line. ``...`` stands for anything: as a whole JSON string
  it is any value, as a whole line any lines, within a line any characters. An empty answer is not compared.
* Blocks run in their order, README's before those of the pages in docs, in one new folder that holds
  ``artifacts/telco`` and the ``.venv`` (its commands are first on the path too), so a later block finds what an
  earlier one made.
* ``needs=service``: ``churn-serve artifacts/telco`` runs meanwhile; ``localhost:8000`` is replaced by where.
* ``needs=table``: the folder holds ``customers.csv``, synthetic customers with the label ``churn``.
* ``slow`` marks the test so. Several words are put apart by spaces.
"""

import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.problems import PROBLEMS

PROJECT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"^<!-- test: (?P<words>[^\n]+?) -->\n+```(?P<kind>console|bash|sh)\n(?P<body>.*?)^```$"
    r"(?:\n+```json\n(?P<answer>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
MARKED = re.compile(r"^<!-- test:", re.MULTILINE)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
README = PROJECT / "README.md"
DOCS = sorted((PROJECT / "docs").glob("*.md"))
PAGES = [README, *DOCS]
README_LINES = 110
PATIENCE_S = 240
SERVICE_PATIENCE_S = 60
ABSOLUTE_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Step:
    """One command and the answer shown for it."""

    command: str
    answer: str


@dataclass(frozen=True)
class Block:
    """A marked block of a page."""

    name: str
    words: frozenset[str]
    steps: tuple[Step, ...]


def steps_of(kind: str, body: str, answer: str = "") -> tuple[Step, ...]:
    if kind != "console":
        return (Step(body, answer),)
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)
    assert not parts[0].strip(), f"a console block begins with '$ ', not with {parts[0]!r}"
    return tuple(step_of(part) for part in parts[1:])


def step_of(part: str) -> Step:
    """Split what follows a prompt: the command goes on after a backslash and in lines with the prompt "> "."""
    lines = part.splitlines()
    ends = next(n for n, line in enumerate(lines) if not goes_on(line, lines[n + 1 : n + 2]))
    command = [lines[0], *(line.removeprefix("> ") for line in lines[1 : ends + 1])]
    return Step("\n".join(command), "\n".join(lines[ends + 1 :]).strip())


def goes_on(line: str, following: list[str]) -> bool:
    return bool(following) and (line.endswith("\\") or following[0].startswith("> "))


def blocks_of(markdown: str) -> list[Block]:
    found = []
    for match in BLOCK.finditer(markdown):
        name, *words = match["words"].split()
        found.append(Block(name, frozenset(words), steps_of(match["kind"], match["body"], match["answer"] or "")))
    return found


def as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def agrees(shown: Any, received: Any) -> bool:
    """Whether a received JSON value is the shown one; "..." stands for any."""
    if shown == "...":
        return True
    if isinstance(shown, dict) and isinstance(received, dict):
        return shown.keys() == received.keys() and all(agrees(shown[key], received[key]) for key in shown)
    if isinstance(shown, list) and isinstance(received, list):
        return len(shown) == len(received) and all(map(agrees, shown, received))
    if isinstance(shown, float) and isinstance(received, int | float):
        return math.isclose(shown, received, rel_tol=0, abs_tol=ABSOLUTE_TOLERANCE)
    return type(shown) is type(received) and bool(shown == received)


def pattern_of(shown: str) -> str:
    lines = [r"(?:[^\n]*\n)*?" if line.strip() == "..." else line_pattern(line) for line in shown.splitlines()]
    return "".join(lines)


def line_pattern(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n"


def matches(shown: str, received: str) -> bool:
    if not shown:
        return True
    expected = as_json(shown)
    if expected is not None:
        return agrees(expected, as_json(received))
    return re.fullmatch(pattern_of(shown), received.strip() + "\n") is not None


BLOCKS = [block for page in PAGES for block in blocks_of(page.read_text())]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "telco").symlink_to(PROJECT / "artifacts" / "telco")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where a service on the shipped bundle listens."""
    command = [sys.executable, "-m", "service", "artifacts/telco", "--port", "0"]  # 0: one that is free
    log = folder / "service.log"
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            yield await_ready(process, log).removeprefix("http://")
        finally:
            process.terminate()


def await_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the service is ready; return the address that its log says it listens on."""
    deadline = time.monotonic() + SERVICE_PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        url = listening_url(log)
        if url is not None and httpx.get(f"{url}/health/ready", timeout=SERVICE_PATIENCE_S).is_success:
            return url
        time.sleep(0.1)
    pytest.fail(f"the service did not become ready:\n{log.read_text()}")


def listening_url(log: Path) -> str | None:
    lines = [line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]  # else half a line
    events = [event for event in map(as_json, lines) if isinstance(event, dict)]
    return next((event["url"] for event in events if event["event"] == "listening"), None)


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    answer = run("python -m training.synthetic 400 customers.csv", folder)
    assert answer.returncode == 0, answer.stderr
    return folder / "customers.csv"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.e2e
@pytest.mark.parametrize(
    "block",
    [pytest.param(b, id=b.name, marks=[pytest.mark.slow] if "slow" in b.words else []) for b in BLOCKS],
)
def test_a_block_does_what_it_shows(block: Block, folder: Path, request: pytest.FixtureRequest) -> None:
    where = request.getfixturevalue("address") if "needs=service" in block.words else "localhost:8000"
    if "needs=table" in block.words:
        request.getfixturevalue("table")
    for step in block.steps:
        answer = run(step.command.replace("localhost:8000", where), folder)
        assert answer.returncode == 0, f"$ {step.command}\n{answer.stdout}{answer.stderr}"
        assert matches(step.answer, answer.stdout), (
            f"$ {step.command}\nshown:\n{step.answer}\nreceived:\n{answer.stdout}"
        )


def test_every_marked_block_is_understood() -> None:
    known = {"needs=service", "needs=table", "slow"}
    assert BLOCKS, "no page has a block marked <!-- test: name -->"
    assert len(BLOCKS) == sum(len(MARKED.findall(page.read_text())) for page in PAGES)
    assert {word for block in BLOCKS for word in block.words} <= known
    assert len({block.name for block in BLOCKS}) == len(BLOCKS)


def test_the_readme_is_read_in_two_minutes():
    assert len(README.read_text().splitlines()) <= README_LINES


def test_the_readme_links_every_page_of_the_docs():
    assert DOCS
    linked = {(PROJECT / target.partition("#")[0]).resolve() for target in links_of(README)}
    assert [page.name for page in DOCS if page not in linked] == []


@pytest.mark.parametrize("page", [*PAGES, PROJECT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    assert [target for target in links_of(page) if not leads_somewhere(page, target)] == []


def links_of(page: Path) -> list[str]:
    """Return where the page's relative links and pictures point to."""
    return [target for target in LINK.findall(page.read_text()) if "://" not in target]


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether the file is there, and in it the heading after a #."""
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    return file.exists() and (not anchor or anchor in map(anchor_of, HEADING.findall(file.read_text())))


def anchor_of(heading: str) -> str:
    """Return what GitHub makes of a heading for links."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_a_link_to_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# What, and why\n")
    assert leads_somewhere(page, "#what-and-why")
    assert leads_somewhere(page, "page.md")
    assert not leads_somewhere(page, "page.md#how")
    assert not leads_somewhere(page, "missing.md")


def test_every_problem_of_the_service_is_in_the_docs():
    rows = "".join(re.findall(r"^\| (\d{3}[^|]*) \|", (PROJECT / "docs" / "http.md").read_text(), re.MULTILINE))
    assert {kind.status for kind in PROBLEMS.values()} == set(map(int, re.findall(r"\d{3}", rows)))


@pytest.mark.parametrize(
    ("shown", "received", "good"),
    [
        ('{"p": 0.64, "id": "..."}', '{"id": "x", "p": 0.64003}', True),
        ('{"p": 0.64}', '{"p": 0.65}', False),
        ('{"p": 0.64}', '{"p": 0.64, "q": 1}', False),
        ('{"p": true}', '{"p": 1}', False),
        ("[1, 2]", "[1]", False),
        ('{"p": 1}', "no JSON", False),
        ("rows ... good\n...\nend", "rows 7 good\na\nb\nend\n", True),
        ("rows ... good\nend", "rows 7 bad\nend\n", False),
        ("", "anything", True),
    ],
)
def test_a_shown_answer_is_compared(shown: str, received: str, *, good: bool) -> None:
    assert matches(shown, received) is good


def test_a_console_block_is_split_into_commands_and_answers() -> None:
    markdown = "<!-- test: two slow -->\n```console\n$ echo a \\\n    b\na b\n$ echo 'c\n> d'\nc\nd\n$ true\n```\n"
    [block] = blocks_of(markdown)
    assert (block.name, block.words) == ("two", {"slow"})
    assert block.steps == (Step("echo a \\\n    b", "a b"), Step("echo 'c\nd'", "c\nd"), Step("true", ""))
