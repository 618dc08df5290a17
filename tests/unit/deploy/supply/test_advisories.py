import json
import zipfile

import pytest

from churn.errors import BadInput
from deploy.supply.advisories import read_advisories
from tests.unit.deploy.supply.published import ALL, REQUESTS, affected, document


def test_a_zip_a_folder_and_a_file_are_read_without_what_was_withdrawn(archive, folder):
    kept = sorted(each["id"] for each in ALL if "withdrawn" not in each)
    assert sorted(each.id for each in read_advisories(archive)) == kept
    assert sorted(each.id for each in read_advisories(folder)) == kept
    assert [each.id for each in read_advisories(folder / "requests" / "PYSEC-2023-74.json")] == ["PYSEC-2023-74"]


def test_other_ecosystems_are_left_out_and_names_are_normalized(tmp_path):
    mixed = document("X-1", [affected("zlib", ecosystem="npm"), affected("Zope.Interface", ecosystem="PyPI:narrower")])
    (tmp_path / "mixed.json").write_text(json.dumps(mixed))
    (tmp_path / "npm.json").write_text(json.dumps(document("X-2", [affected("zlib", ecosystem="npm")])))
    [advisory] = read_advisories(tmp_path)
    assert [each.name for each in advisory.of_pypi] == ["zope-interface"]


def test_what_the_format_lets_be_missing_or_null_may_be(tmp_path):
    bare = {"id": "X-1", "modified": "2024-01-01T00:00:00Z", "aliases": None, "affected": [affected("a"), {}]}
    (tmp_path / "a.json").write_text(json.dumps(bare))
    (tmp_path / "b.json").write_text(json.dumps({"id": "X-2", "modified": "2024-01-01T00:00:00Z", "affected": None}))
    [advisory] = read_advisories(tmp_path)
    assert (advisory.id, advisory.title, len(advisory.of_pypi)) == ("X-1", "no summary", 1)


def test_an_advisory_without_a_summary_is_told_by_the_first_line_of_its_details(folder):
    [advisory] = read_advisories(folder / "jinja2")
    assert advisory.title == "The filter urlize takes time without end for some texts."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "the whole: Invalid JSON"),
        ("[]", "the whole: Input should be"),
        (json.dumps({key: value for key, value in REQUESTS.items() if key != "id"}), "id: Field required"),
        (json.dumps({**REQUESTS, "affected": [{"package": {"name": "a"}}]}), "affected.0.package.ecosystem: Field re"),
    ],
)
def test_a_document_of_another_form_is_named_with_the_place(folder, content, said):
    file = folder / "requests" / "PYSEC-2023-74.json"
    file.write_text(content)
    for path in (file, folder):
        with pytest.raises(BadInput) as caught:
            read_advisories(path)
        assert str(caught.value).startswith(f"{file} is no advisory in the OSV format: ")
        assert said in str(caught.value)


def test_where_nothing_is_about_pypi_nothing_passes_as_looked_at(tmp_path):
    (tmp_path / "npm.json").write_text(json.dumps(document("X-1", [affected("zlib", ecosystem="npm")])))
    (tmp_path / "none").mkdir()
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    for path, number in ((tmp_path / "npm.json", 1), (tmp_path / "none", 0), (tmp_path / "empty.zip", 0)):
        with pytest.raises(BadInput, match=rf"holds {number} advisories, none of them about a package of PyPI; give"):
            read_advisories(path)


def test_a_path_that_is_not_there_and_a_damaged_zip_are_refused(tmp_path, archive):
    with pytest.raises(BadInput, match="cannot be read as advisories"):
        read_advisories(tmp_path / "missing.zip")
    content = bytearray(archive.read_bytes())
    content[60:80] = bytes(20)
    archive.write_bytes(content)
    with pytest.raises(BadInput, match="cannot be read as advisories"):
        read_advisories(archive)
