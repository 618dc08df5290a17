from __future__ import annotations

import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from training.table.alike import digests, group_rows, in_company


def groups(fields: str, labels: str, ids: list[str | None] | None = None) -> list[set[int]]:
    """Group rows, one character each; give the groups with more than one row, as row numbers."""
    numbers = np.array([ord(character) for character in fields], np.uint64)
    found = group_rows(numbers, np.array([*map(int, labels)], np.int8), ids)
    assert found.shape == (len(fields),)
    assert in_company(found).tolist() == [found.tolist().count(group) > 1 for group in found]
    together = [set(np.flatnonzero(found == group).tolist()) for group in np.unique(found)]
    return [rows for rows in together if len(rows) > 1]


@pytest.mark.parametrize(
    ("fields", "labels", "together"),
    [
        ("abcd", "0101", []),
        ("abca", "0100", [{0, 3}]),
        ("abaa", "0100", [{0, 2, 3}]),
        ("abca", "0101", []),
        ("abaa", "0101", [{0, 2, 3}]),
        ("abab", "0101", [{0, 2}, {1, 3}]),
    ],
    ids=["all differ", "a copy", "two copies", "another label", "a copy, and one with another label", "two pairs"],
)
def test_copies_are_a_group(fields, labels, together):
    assert groups(fields, labels) == together


def test_who_shares_an_identifier_is_a_group_whatever_the_label():
    assert groups("abcd", "0101", ["u", "v", "w", "u"]) == [{0, 3}]


def test_rows_without_an_identifier_share_none():
    assert groups("abcd", "0101", [None, "v", None, None]) == []


def test_a_copy_of_one_and_an_identifier_of_another_make_one_group():
    assert groups("abca", "0100", ["u", "v", "v", "v"]) == [{0, 1, 2, 3}]


def test_digests_are_equal_for_equal_fields_alone():
    schema = Schema((Field("x", "number", nullable=True), Field("c", "category", levels=("a", "b"))))
    numbers = np.array([[1.0], [1.0], [np.nan], [np.nan], [0.0], [-0.0], [1.0]])
    codes = np.array([[0], [0], [1], [1], [0], [0], [1]], np.int32)
    found = digests(Columns(schema, numbers, codes)).tolist()
    assert found[0:6:2] == found[1:6:2]
    assert len(set(found)) == 4
