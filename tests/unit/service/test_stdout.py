"""Lines to a pipe that is full, closed, or shared with others."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from service.stdout import PIECE_BYTES, Stdout

LINE = "x" * 99 + "\n"


@pytest.fixture
def become_stdout(monkeypatch):
    """Makes a descriptor that of stdout; None for a closed one. Python's own stdout is the test runner's."""

    def become(descriptor):
        output = None if descriptor is None else SimpleNamespace(fileno=lambda: descriptor)
        monkeypatch.setattr("service.stdout.sys", SimpleNamespace(stdout=output))

    return become


@pytest.fixture
def pipe(become_stdout):
    """Both ends of a pipe that is stdout."""
    read, write = os.pipe()
    become_stdout(write)
    os.set_blocking(read, False)
    yield read, write
    os.close(write)
    os.close(read)


def taken(read):
    found = b""
    while True:
        try:
            found += os.read(read, 1 << 20)
        except BlockingIOError:
            return found.decode()


def test_a_pipe_that_nobody_reads_is_filled_with_whole_lines_and_the_others_are_counted(pipe):
    read, _ = pipe
    out = Stdout()
    lost = sum(out(LINE * 100) for _ in range(20))
    assert lost > 0
    assert taken(read) == LINE * (2_000 - lost)
    assert out(LINE * 3) == 0
    assert taken(read) == LINE * 3


def test_whoever_else_writes_to_the_same_pipe_still_waits(pipe):
    Stdout()(LINE)
    assert os.get_blocking(pipe[1])


def test_a_pipe_whose_reader_is_gone_does_no_harm(become_stdout):
    read, write = os.pipe()
    become_stdout(write)
    out = Stdout()
    assert out(LINE) == 0
    os.close(read)
    assert out(LINE) == 1
    os.close(write)


@pytest.mark.parametrize("descriptor", [None, -1])
def test_a_closed_stdout_does_no_harm(become_stdout, descriptor):
    become_stdout(descriptor)
    assert Stdout()(LINE) == 1


def test_a_file_takes_everything(tmp_path, become_stdout):
    with (tmp_path / "log").open("w") as file:
        become_stdout(file.fileno())
        assert Stdout()(LINE * 10_000) == 0
    assert (tmp_path / "log").read_text() == LINE * 10_000


WRITER = """
import sys
from service.stdout import Stdout
out = Stdout()
for size in range(1, 400):
    while out(sys.argv[1] * size * 9 + "\\n"):
        pass
"""


def test_lines_of_two_processes_on_one_pipe_stay_whole():
    read, write = os.pipe()
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, mark], stdout=write) for mark in "ab"]
    os.close(write)
    with os.fdopen(read) as lines:
        found = [line.rstrip("\n") for line in lines]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert PIECE_BYTES > 399 * 9
    for mark in "ab":
        assert [line for line in found if mark in line] == [mark * size * 9 for size in range(1, 400)]
