"""Entries at the places of their keys."""

import pytest

from service.repeats.region import HEAD_BYTES, Region
from service.repeats.table import ANSWERED, FREE, Table

SIZE = 3 * 8 * 96 + 50
KEYS = [bytes([0] * 7 + [n]) + b"k" * 24 for n in range(7)]


@pytest.fixture
def region():
    return Region(8192)


@pytest.fixture
def table(region):
    return Table(region, HEAD_BYTES, SIZE)


def test_all_places_are_free_at_first(table):
    assert [entry[0] for key in KEYS for _, entry in table.entries(key)] == [FREE] * 8 * len(KEYS)


def test_each_place_holds_an_entry_of_its_own(table):
    written = {}
    for key in KEYS[:3]:
        for number, (place, _) in enumerate(table.entries(key)):
            written[place] = (ANSWERED, 1.5, 2**40 + number, 7, key, b"a" * 32)
            table.write(place, written[place])
    assert len(written) == 24
    assert {place: entry for key in KEYS[:3] for place, entry in table.entries(key)} == written
    assert {place: table.read(place) for place in written} == written


def test_no_entry_reaches_beyond_the_table(region, table):
    for key in KEYS:
        for place, _ in table.entries(key):
            table.write(place, (ANSWERED, 1.5, 2**64 - 1, 2**64 - 1, b"\xff" * 32, b"\xff" * 32))
    assert region.memory[:HEAD_BYTES] == bytes(HEAD_BYTES)
    assert region.memory[HEAD_BYTES + SIZE :] == bytes(8192 - HEAD_BYTES - SIZE)


def test_a_place_can_be_freed(table):
    place, _ = table.entries(KEYS[0])[3]
    table.write(place, (ANSWERED, 1.5, 1, 7, KEYS[0], b"a" * 32))
    table.free(place)
    assert table.read(place)[0] == FREE
