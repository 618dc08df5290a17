import pytest
from packaging.version import InvalidVersion, Version

from deploy.supply.advisories import Affected
from deploy.supply.ranges import fixes, is_affected
from tests.unit.deploy.supply.published import GIT_RANGE, PY, REQUESTS, URLLIB3, affected


def judged(document_part, version):
    return is_affected(Affected.model_validate(document_part), Version(version))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.26.17", True), ("1.26.18", False), ("1.26.20", False), ("2.0.0a1", False), ("2.0.0", True),
        ("2.0.6", True), ("2.0.7", False), ("2.0.7rc1", True), ("2.5", False), ("0.1.dev1", True),
    ],
)  # fmt: skip
def test_events_are_taken_in_the_order_of_versions_however_they_are_written(version, expected):
    ranges_alone = {**URLLIB3["affected"][0], "versions": []}
    assert judged(ranges_alone, version) is expected


@pytest.mark.parametrize(("version", "expected"), [("2.2.1", False), ("2.3.0", True), ("2.3", True), ("2.31.0", False)])
def test_a_range_begins_with_introduced_and_ends_before_fixed(version, expected):
    assert judged(REQUESTS["affected"][0], version) is expected


@pytest.mark.parametrize(
    ("version", "expected"), [("1.11.0", True), ("1.11.0.post1", False), ("1.12.0", False), ("0.9", True)]
)
def test_the_last_affected_version_is_affected_and_the_next_is_not(version, expected):
    assert judged(PY["affected"][0], version) is expected


def test_a_second_range_may_begin_after_a_last_affected_one():
    events = [("introduced", "1"), ("last_affected", "1.5"), ("introduced", "2"), ("last_affected", "2.5")]
    versions = ("0.9", "1", "1.5", "1.6", "2", "2.5", "2.6")
    assert [judged(affected("a", *events), version) for version in versions] == [0, 1, 1, 0, 1, 1, 0]


def test_a_range_without_an_end_goes_on_and_a_limit_cuts_it():
    assert judged(affected("a", ("introduced", "0")), "99")
    cut = affected("a", ("introduced", "0"), ("limit", "2"))
    assert [judged(cut, version) for version in ("1.9", "2", "3")] == [True, False, False]
    assert judged(affected("a", ("introduced", "0"), ("limit", "*")), "3")


def test_a_version_of_the_list_is_affected_also_written_otherwise_or_beside_names_that_are_none():
    listed = affected("a", versions=["1.0", "2004d", "trunk"])
    assert judged(listed, "1.0.0")
    assert not judged(listed, "1.0.1")


def test_commits_are_no_versions():
    assert not judged({"package": {"ecosystem": "PyPI", "name": "urllib3"}, "ranges": [GIT_RANGE]}, "1.0")


def test_where_an_event_is_no_version_nobody_says_that_all_is_well():
    odd = affected("a", ("introduced", "0"), ("fixed", "1.0-custom-7"), versions=["0.9"])
    with pytest.raises(InvalidVersion):
        judged(odd, "0.8")
    assert judged(odd, "0.9")


def test_fixes_are_those_above_the_version():
    urllib3 = Affected.model_validate(URLLIB3["affected"][0])
    assert fixes(urllib3, Version("1.26.17")) == {Version("1.26.18"), Version("2.0.7")}
    assert fixes(urllib3, Version("2.0.6")) == {Version("2.0.7")}
