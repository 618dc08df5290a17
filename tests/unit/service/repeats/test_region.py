"""The memory that workers share, as one process sees it; test_processes.py has what needs several."""

import gc
import os
import tempfile
from pathlib import Path

import pytest

from service.repeats.region import Region

needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="there is no /proc here")


def shared_pages():
    return int(Path("/proc/self/statm").read_text().split()[2])


def test_a_region_begins_with_zeros():
    assert Region(8192).memory[:] == bytes(8192)


def test_a_region_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match=r"A region of 4,095 bytes keeps nothing; it needs 4,096 at least\."):
        Region(4095)


@needs_proc
def test_memory_that_is_not_used_costs_nothing():
    before = shared_pages()
    region = Region(1 << 30)
    with region:
        region.number()
    assert (shared_pages() - before) * os.sysconf("SC_PAGESIZE") < 1 << 20


def test_a_process_keeps_its_number_and_lives():
    region = Region(4096)
    with region:
        assert [region.number(), region.number()] == [1, 1]
        assert region.lives(1)


@pytest.mark.parametrize("number", [0, 2, 2**64 - 1])
def test_a_number_that_nobody_has_lives_not(number):
    region = Region(4096)
    with region:
        region.number()
        assert not region.lives(number)


def test_where_there_are_no_files_in_memory_one_without_a_name_does(monkeypatch, tmp_path):
    monkeypatch.delattr("os.memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    region = Region(4096)
    with region:
        region.number()
        assert region.lives(1)
    region.memory[100:104] = b"kept"
    assert list(tmp_path.iterdir()) == []
    assert os.fstat(region._locks).st_dev == tmp_path.stat().st_dev
    assert os.fstat(region._locks).st_size == 0


def test_a_region_that_nobody_needs_is_closed():
    region = Region(4096)
    file = region._locks
    os.fstat(file)
    del region
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)
