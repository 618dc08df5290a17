"""Bytes that push out the oldest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.repeats.region import Region
from service.repeats.ring import Ring

SIZE = 13
BEGIN = 4096 - SIZE


def ring():
    return Ring(Region(4096), BEGIN)


@pytest.mark.parametrize("before", range(SIZE))
@pytest.mark.parametrize("length", range(SIZE + 1))
def test_what_was_written_last_is_read_wherever_the_ring_ends(before, length):
    found = ring()
    found.append(b"-" * before)
    content = b"0123456789abc"[:length]
    position = found.append(content)
    assert found.has(position, length)
    assert found.read(position, length) == content


def test_nothing_is_written_before_the_ring():
    region = Region(4096)
    found = Ring(region, BEGIN)
    for _ in range(SIZE):
        found.append(b"x" * 10)
    assert region.memory[64:BEGIN] == bytes(BEGIN - 64)
    assert region.memory[BEGIN:] == b"x" * SIZE


def test_what_is_overwritten_by_one_byte_is_gone():
    found = ring()
    position = found.append(b"12345")
    found.append(b"x" * (SIZE - 5))
    assert found.has(position, 5)
    found.append(b"x")
    assert not found.has(position, 5)


def test_what_was_not_written_yet_is_not_there():
    found = ring()
    position = found.append(b"12345")
    assert not found.has(position, 6)
    assert not found.has(position + 1, 5)


@given(st.lists(st.binary(max_size=SIZE), max_size=30))
def test_all_that_is_there_is_what_was_written(contents):
    found, written, total = ring(), [], 0
    for content in contents:
        written.append((found.append(content), content))
        total += len(content)
        for position, expected in written:
            there = found.has(position, len(expected))
            assert there == (position >= total - SIZE)
            if there:
                assert found.read(position, len(expected)) == expected
