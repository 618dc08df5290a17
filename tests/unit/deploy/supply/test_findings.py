import pytest

from churn.errors import BadInput
from deploy.supply.advisories import Advisory
from deploy.supply.findings import find
from deploy.supply.pins import Pin
from tests.unit.deploy.supply.published import ALL, JINJA2_GITHUB, JINJA2_PYPA, affected, document


def found(pin, *documents):
    return find([Pin(*pin, ("old.txt",))], [Advisory.model_validate(each) for each in documents])


def test_what_two_publish_is_one_finding_with_the_names_of_both():
    [finding] = found(("jinja2", "2.11.2"), JINJA2_PYPA, JINJA2_GITHUB)
    assert finding.names == ("PYSEC-2021-66", "CVE-2020-28493", "SNYK-PYTHON-JINJA2-1012994", "GHSA-g3rq-g295-4j3m")
    assert finding.fixed_in == ("2.11.3",)
    assert found(("jinja2", "2.11.2"), JINJA2_GITHUB)[0].names == ("GHSA-g3rq-g295-4j3m", "CVE-2020-28493")


def test_two_that_share_no_name_are_joined_by_a_third_that_shares_one_with_each():
    everything = [affected("a", ("introduced", "0"))]
    one, two = document("A-1", everything, aliases=["C-1"]), document("B-1", everything, aliases=["C-2"])
    assert len(found(("a", "1"), one, two)) == 2
    assert len(found(("a", "1"), one, two, document("D-1", everything, aliases=["C-2", "C-1"]))) == 1


def test_a_mended_version_and_another_package_are_not_found():
    assert found(("jinja2", "2.11.3"), *ALL) == []
    assert found(("jinja3", "2.11.2"), *ALL) == []


def test_of_several_packages_each_is_judged_by_its_own_part():
    parts = [affected("keras", ("introduced", "0"), ("fixed", "2")), affected("tensorflow", ("introduced", "5"))]
    several = document("X-1", parts)
    assert found(("keras", "1"), several)[0].fixed_in == ("2",)
    assert found(("keras", "6"), several) == []
    assert found(("tensorflow", "6"), several)[0].fixed_in == ()


def test_fixed_versions_are_in_order():
    events = [(kind, at) for number in (10, 9) for kind, at in (("introduced", f"{number}"), ("fixed", f"{number}.5"))]
    [finding] = found(("a", "9.1"), document("X-1", [affected("a", *events)]))
    assert finding.fixed_in == ("9.5", "10.5")


def test_a_finding_is_one_line():
    long = document("X-1", [affected("a", ("introduced", "0"))], details=f"Words\n\n{'and more ' * 100}")
    endless = document("X-2", [affected("a", ("introduced", "0"))], summary="words " * 100)
    lines = [str(finding) for finding in found(("a", "1"), long, endless)]
    assert lines[0] == "a 1 (old.txt): X-1: Words [no version that mends it is named]"
    assert lines[1].startswith("a 1 (old.txt): X-2: words words")
    assert len(lines[1]) < 250


def test_a_range_that_cannot_be_judged_is_a_finding_that_says_so():
    odd = document("X-1", [affected("a", ("introduced", "0"), ("fixed", "1.0-custom-7"))], summary="Odd")
    [finding] = found(("a", "2"), odd)
    assert finding.title.startswith("Odd (may be affected, look yourself: Invalid version: '1.0-custom-7'")


def test_a_pin_that_is_no_version_is_refused():
    with pytest.raises(BadInput, match=r"a trunk \(old\.txt\) is pinned to what is no version"):
        found(("a", "trunk"), document("X-1", [affected("a", ("introduced", "0"))]))
