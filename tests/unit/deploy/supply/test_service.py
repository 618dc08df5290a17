"""pip-audit is a program of ours here, which answers as pip-audit 2.10 does."""

import json
import re
import sys

import pytest

from churn.errors import BadInput
from deploy.supply.pins import Pin
from deploy.supply.service import ask

PINS = [Pin("jinja2", "2.11.2", ("old.txt",)), Pin("numpy", "2.4.6", ("old.txt",))]
FLAWS = {
    "jinja2==2.11.2": [
        {"id": "PYSEC-2021-66", "fix_versions": ["2.11.3"], "aliases": ["CVE-2020-28493"], "description": "Slow\nonce"},
        {"id": "GHSA-g3rq-g295-4j3m", "fix_versions": ["2.11.3"], "aliases": ["CVE-2020-28493"], "description": "Slow"},
    ]
}
ANSWERS = f"""
import json, sys
flaws = {FLAWS!r}
lines = open(sys.argv[sys.argv.index("--requirement") + 1]).read().split()
names = [line.split("==")[0] for line in lines]
assert len(set(names)) == len(names), "package has duplicate requirements"
vulns = [dict(zip(("name", "version"), line.split("==")), vulns=flaws.get(line, [])) for line in lines]
print(json.dumps({{"dependencies": vulns, "fixes": []}}))
sys.exit(any(each["vulns"] for each in vulns))
"""


def program(text):
    return (sys.executable, "-c", text)


def test_what_the_service_knows_is_found_and_joined():
    [finding] = ask(PINS, program(ANSWERS))
    assert str(finding) == (
        "jinja2 2.11.2 (old.txt): PYSEC-2021-66 (CVE-2020-28493, GHSA-g3rq-g295-4j3m): Slow [fixed in 2.11.3]"
    )


def test_two_versions_of_a_package_are_both_asked_about():
    both = [PINS[0], Pin("jinja2", "2.11.3", ("new.txt",)), PINS[1]]
    assert [finding.pin for finding in ask(both, program(ANSWERS))] == [PINS[0]]


def test_packages_that_nobody_looked_at_are_no_pass():
    skipped = {"name": "numpy", "skip_reason": "Dependency not found on PyPI and could not be audited: numpy (2.4.6)"}
    for others in ([], [skipped]):
        answer = json.dumps({"dependencies": [{"name": "jinja2", "version": "2.11.2", "vulns": []}, *others]})
        with pytest.raises(BadInput, match="1 of 2 packages were not looked at, the first numpy"):
            ask(PINS, program(f"print({answer!r})"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise ConnectionError('no name of that service')", r"ConnectionError: no name of that service"),
        ("import sys; sys.exit(3)", "pip-audit said nothing"),
        ("print('No known vulnerabilities found')", "pip-audit answered 'No known vulnerabilities found"),
        ("raise ConnectionError('no ' * 1000)", r"ConnectionError: no [no ]+ \.\.\."),
    ],
)
def test_without_an_answer_one_sentence_says_how_to_give_advisories(text, why):
    with pytest.raises(BadInput) as caught:
        ask(PINS, program(text))
    said = str(caught.value)
    assert said.startswith("The advisory service cannot be reached (")
    assert said.endswith("make audit ADVISORIES=FILE_OR_FOLDER")
    assert len(said.splitlines()) == 1
    assert len(said) < 400
    assert re.search(why, said)
