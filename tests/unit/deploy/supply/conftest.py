import json
import zipfile

import pytest

from tests.unit.deploy.supply.published import ALL

HASH = f"--hash=sha256:{'0' * 64}"


@pytest.fixture
def lock(tmp_path):
    """Writes a lock that pins what it is given."""

    def write(*pins, name="old.txt"):
        file = tmp_path / name
        file.write_text("# made by hand\n" + "".join(f"{pin} \\\n    {HASH}\n    # via somebody\n" for pin in pins))
        return file

    return write


@pytest.fixture
def folder(tmp_path):
    """A folder of published advisories, as a repository of them has it."""
    folder = tmp_path / "advisories"
    for document in ALL:
        file = folder / document["affected"][0]["package"]["name"] / f"{document['id']}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
    (folder / "README.md").write_text("What is here.\n")
    return folder


@pytest.fixture
def archive(tmp_path):
    """The same as one zip, as osv.dev has it."""
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in ALL:
            archive.writestr(f"{document['id']}.json", json.dumps(document))
    return file
