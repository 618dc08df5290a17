import pytest

from churn.errors import BadInput
from deploy.supply.accepted import ACCEPTED, Accepted, read_accepted, still_open, unneeded
from deploy.supply.findings import Finding
from deploy.supply.pins import Pin

FINDING = Finding(Pin("jinja2", "2.11.2", ("old.txt",)), ("PYSEC-2021-66", "CVE-2020-28493"), "Slow", ("2.11.3",))
ENTRY = 'id = "{}"\npackage = "{}"\nreason = "No text of others is rendered."\nsince = 2026-11-26\n'


@pytest.fixture
def entry(tmp_path):
    def read(text):
        (tmp_path / "accepted.toml").write_text(f"[[accepted]]\n{text}")
        return read_accepted(tmp_path / "accepted.toml")

    return read


def test_every_accepted_finding_of_the_project_has_its_reason_and_day():
    assert all(isinstance(each, Accepted) for each in read_accepted(ACCEPTED))


def test_any_name_of_a_finding_accepts_it_for_that_package_alone(entry):
    for name in FINDING.names:
        accepted = entry(ENTRY.format(name, "Jinja2"))
        assert (still_open([FINDING], accepted), unneeded([FINDING], accepted)) == ([], [])
    for name, package in (("PYSEC-2021-66", "requests"), ("CVE-1", "jinja2")):
        accepted = entry(ENTRY.format(name, package))
        assert (still_open([FINDING], accepted), unneeded([FINDING], accepted)) == ([FINDING], accepted)


@pytest.mark.parametrize(
    "text",
    [
        'id = "X"\npackage = "a"\nsince = 2026-11-26\n',
        'id = "X"\npackage = "a"\nreason = ""\nsince = 2026-11-26\n',
        'id = "X"\npackage = "a"\nreason = "r"\n',
        'id = "X"\npackage = "a"\nreason = "r"\nsince = "some day"\n',
        'id = "X"\npackage = "a"\nreason = "r"\nsince = 2026-11-26\nuntil = 2027-01-01\n',
    ],
)
def test_an_entry_without_a_reason_or_a_day_or_with_more_is_refused(entry, text):
    with pytest.raises(BadInput, match=r"accepted\.0\.\w+: .+; an \[\[accepted\]\] entry has id, package, reason and"):
        entry(text)


def test_what_is_no_toml_is_refused(entry):
    with pytest.raises(BadInput, match="cannot be read as TOML"):
        entry("id = \n")
