from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from churn import bundle as module
from churn.bundle import (
    FORMAT_VERSION,
    MANIFEST,
    REQUIRED,
    Bands,
    Manifest,
    check_bundle_target,
    clear_left,
    open_bundle,
    seal,
    staged,
)
from churn.errors import BadInput, BundleError
from churn.workfolder import locked_folder
from tests import customers
from tests.customers import CUSTOMERS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return customers.fake_bundle(tmp_path / "fake")


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as error:
        open_bundle(folder)
    return str(error.value)


def edit_manifest(folder: Path, **changes: object) -> None:
    file = folder / MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_sealed_bundle_opens(folder):
    bundle = open_bundle(folder)
    assert bundle.schema == CUSTOMERS
    assert (bundle.manifest.name, bundle.manifest.threshold, bundle.manifest.bands) == ("fake", 0.4, Bands(0.3, 0.6))
    assert set(bundle.manifest.files) == set(REQUIRED)
    assert len(bundle.golden["records"]) == 5


def test_a_folder_that_is_not_there_is_told(tmp_path):
    assert "There is no bundle at" in refusal(tmp_path / "nowhere")


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path):
    assert "has no manifest.json" in refusal(tmp_path)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    said = refusal(folder)
    assert f"{name} is missing" in said
    assert "churn-train" in said


@pytest.mark.parametrize("name", REQUIRED)
def test_a_changed_byte_is_found(folder, name):
    file = folder / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert f"{name} of {folder} was changed" in refusal(folder)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_truncated_file_is_found(folder, name):
    file = folder / name
    file.write_bytes(file.read_bytes()[:-1])
    assert f"{name} of {folder} is truncated" in refusal(folder)


def test_a_file_that_has_grown_is_found(folder):
    with (folder / "golden.json").open("a") as stream:
        stream.write(" ")
    assert "golden.json" in refusal(folder)


def test_a_folder_in_the_place_of_a_file_is_refused(folder):
    (folder / "golden.json").unlink()
    (folder / "golden.json").mkdir()
    assert "golden.json" in refusal(folder)


def test_a_file_that_the_manifest_does_not_list_is_no_reason_to_refuse(folder):
    (folder / "notes.txt").write_text("hello")
    assert "notes.txt" not in open_bundle(folder).manifest.files


def test_a_newer_format_is_refused_with_what_to_do(folder):
    edit_manifest(folder, format_version=FORMAT_VERSION + 1)
    said = refusal(folder)
    assert f"format {FORMAT_VERSION + 1}" in said
    assert "Upgrade churn-service" in said


def test_a_newer_format_is_told_before_anything_else_is_judged(folder):
    (folder / "golden.json").unlink()
    (folder / MANIFEST).write_text(json.dumps({"format_version": 99, "layout": "unheard of"}))
    assert "format 99" in refusal(folder)


@pytest.mark.parametrize("version", [None, "1", True, 0, -1, 1.5, [1]])
def test_a_format_version_that_is_none_is_refused(folder, version):
    edit_manifest(folder, format_version=version)
    assert "which is none" in refusal(folder)


NO_JSON = {"empty": "", "cut": '{"format_version": 1', "words": "not json", "nul": "\0", "deep": "[" * 100_000}


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_a_manifest_that_is_no_json_is_refused(folder, text):
    (folder / MANIFEST).write_text(text)
    assert "damaged or truncated" in refusal(folder)


def test_a_manifest_that_is_no_text_is_refused(folder):
    (folder / MANIFEST).write_bytes(b"\xff\xfe\x80")
    assert "damaged or truncated" in refusal(folder)


@pytest.mark.parametrize("data", [[], 1, "text", None])
def test_a_manifest_that_is_no_object_is_refused(folder, data):
    (folder / MANIFEST).write_text(json.dumps(data))
    assert "which is none" in refusal(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"bands": None},
        {"bands": {"medium": 0.1}},
        {"threshold": "high"},
        {"threshold": None},
        {"files": None},
        {"files": ["schema.json"]},
        {"files": {"schema.json": {"size_bytes": 1}}},
        {"files": {"schema.json": 3}},
        {"files": {"schema.json": {"size_bytes": "12", "sha256": "0"}}},
        {"files": {"schema.json": {"size_bytes": True, "sha256": "0"}}},
        {"files": {"schema.json": {"size_bytes": 12, "sha256": None}}},
        {"threshold": "0.5"},
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"bands": {"medium": 0.6, "high": 0.3}},
        {"bands": {"medium": "low", "high": 0.3}},
        {"bands": {"medium": float("nan"), "high": 0.3}},
        {"metrics": {"roc_auc": float("inf")}},
        {"name": 5},
        {"aim": 5},
    ],
    ids=str,
)
def test_a_manifest_with_a_part_of_the_wrong_type_is_refused(folder, changes):
    edit_manifest(folder, **changes)
    assert "damaged" in refusal(folder)


@pytest.mark.parametrize("missing", ["name", "version", "threshold", "bands", "files", "metrics"])
def test_a_manifest_without_a_part_is_refused(folder, missing):
    file = folder / MANIFEST
    data = json.loads(file.read_text())
    del data[missing]
    file.write_text(json.dumps(data))
    assert f"'{missing}'" in refusal(folder)


def test_a_manifest_that_does_not_list_what_every_bundle_has_is_refused(folder):
    files = json.loads((folder / MANIFEST).read_text())["files"]
    del files["preprocessor.joblib"]
    edit_manifest(folder, files=files)
    assert "does not list preprocessor.joblib" in refusal(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "..\\secret", "saved_model/.."])
def test_a_manifest_that_leads_out_of_the_folder_is_refused(folder, name):
    files = json.loads((folder / MANIFEST).read_text())["files"]
    edit_manifest(folder, files={**files, name: {"size_bytes": 1, "sha256": "0" * 64}})
    assert "outside the bundle" in refusal(folder)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800", "a\nb"])
def test_a_manifest_that_lists_what_is_no_name_of_a_file_is_refused(folder, name):
    edit_manifest(folder, files={name: {"size_bytes": 1, "sha256": "0" * 64}})
    assert "no name of a file" in refusal(folder)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["notes.txt", "golden.json", MANIFEST])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_what_may_be_read_for_ever_in_the_place_of_a_file_is_refused_unread(folder, name, make):
    files = json.loads((folder / MANIFEST).read_text())["files"]
    edit_manifest(folder, files={**files, name: {"size_bytes": 0, "sha256": "0" * 64}})
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    assert f"{name} of {folder} is no file that holds data" in refusal(folder)


@pytest.mark.parametrize("text", ["{}", "[]", "5", "words", "[" * 100_000, '{"records": [], "probabilities": [1]}'])
def test_golden_rows_that_are_none_are_told_although_their_digest_holds(folder, text):
    (folder / "golden.json").write_text(text)
    seal(folder, Manifest("fake", "1", "", 0.5, Bands(0.3, 0.6)))
    with pytest.raises(BundleError, match=r"golden\.json of .* is damaged"):
        _ = open_bundle(folder).golden


@pytest.mark.parametrize("text", ["[" * 100_000, "words", "\0"], ids=["deep", "words", "nul"])
def test_a_schema_that_is_no_json_is_refused_although_its_digest_holds(folder, text):
    (folder / "schema.json").write_text(text)
    seal(folder, Manifest("fake", "1", "", 0.5, Bands(0.3, 0.6)))
    assert "schema.json" in refusal(folder)


def test_a_schema_that_contradicts_itself_is_refused_although_its_digest_holds(folder):
    (folder / "schema.json").write_text('{"fields": []}')
    seal(folder, Manifest("fake", "1", "", 0.5, Bands(0.3, 0.6)))
    assert "schema.json" in refusal(folder)


# --- Writing ---------------------------------------------------------------------------------------


def fill(stage: Path) -> None:
    customers.fake_bundle(stage, version="2")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_staged_bundle_takes_its_name_at_the_end(tmp_path):
    out = tmp_path / "artifacts" / "mine"
    with staged(out) as stage:
        assert not out.exists()
        assert stage.parent == out.parent
        fill(stage)
    assert open_bundle(out).manifest.version == "2"
    assert names(out.parent) == {"mine"}


@pytest.mark.parametrize("crash", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_crash_while_writing_leaves_nothing(tmp_path, crash):
    out = tmp_path / "mine"

    def write() -> None:
        with staged(out) as stage:
            fill(stage)
            raise crash

    with pytest.raises(crash):
        write()
    assert names(tmp_path) == set()


def test_a_crash_while_overwriting_leaves_the_old_bundle(folder):
    def write() -> None:
        with staged(folder, overwrite=True) as stage:
            fill(stage)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert open_bundle(folder).manifest.version == "1"
    assert names(folder.parent) == {"fake"}


def test_a_rename_that_fails_puts_the_old_bundle_back(folder, monkeypatch):
    rename = Path.rename

    def fail_for_the_stage(self: Path, target: Path) -> Path:
        if target == folder and "-old-" not in str(self):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_stage)

    def write() -> None:
        with staged(folder, overwrite=True) as stage:
            fill(stage)

    with pytest.raises(OSError, match="No space"):
        write()
    assert open_bundle(folder).manifest.version == "1"
    assert names(folder.parent) == {"fake"}


def test_an_interruption_between_the_two_renames_puts_the_old_bundle_back(folder, monkeypatch):
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if target == folder and "-old-" not in str(self):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)

    def write() -> None:
        with staged(folder, overwrite=True) as stage:
            fill(stage)

    with pytest.raises(KeyboardInterrupt):
        write()
    assert open_bundle(folder).manifest.version == "1"
    assert names(folder.parent) == {"fake"}


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_fills_is_not(tmp_path):
    out = tmp_path / "mine"
    with locked_folder(out) as left:
        fill(left)
    with locked_folder(out) as others:
        with staged(out) as stage:
            fill(stage)
        assert names(tmp_path) == {"mine", others.name}


def test_a_bundle_that_a_killed_run_had_put_aside_goes_back_to_its_place(folder):
    with locked_folder(folder, "old-") as aside:
        folder.rename(aside / "bundle")
    clear_left(folder)
    assert open_bundle(folder).manifest.version == "1"
    assert names(folder.parent) == {"fake"}


def test_a_bundle_that_was_replaced_already_does_not_come_back(folder):
    with locked_folder(folder, "old-") as aside:
        fill(aside / "bundle")
    clear_left(folder)
    assert open_bundle(folder).manifest.version == "1"
    assert names(folder.parent) == {"fake"}


def test_overwriting_replaces_the_bundle_and_leaves_nothing_of_the_old_one(folder):
    (folder / "old.txt").write_text("old")
    with staged(folder, overwrite=True) as stage:
        fill(stage)
    assert open_bundle(folder).manifest.version == "2"
    assert not (folder / "old.txt").exists()
    assert names(folder.parent) == {"fake"}


def test_a_bundle_is_not_overwritten_unless_asked(folder):
    with pytest.raises(BadInput, match="--overwrite"), staged(folder):
        pytest.fail("the block must not run")
    assert open_bundle(folder).manifest.version == "1"


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_bundle_is_never_overwritten(tmp_path, overwrite):
    (tmp_path / "letters").mkdir()
    with pytest.raises(BadInput, match="is no bundle"):
        check_bundle_target(tmp_path / "letters", overwrite=overwrite)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="cannot be written to"), staged(tmp_path / "mine"):
        pass


def test_a_file_in_the_place_of_the_parent_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written to"), staged(tmp_path / "file" / "mine"):
        pass


def test_others_may_read_a_published_bundle(tmp_path):
    with staged(tmp_path / "mine") as stage:
        fill(stage)
    assert (tmp_path / "mine").stat().st_mode & 0o055 == 0o055


def test_sealing_lists_every_file_but_the_manifest(folder):
    (folder / "report.html").write_text("report")
    seal(folder, Manifest("fake", "1", "", 0.5, Bands(0.3, 0.6)))
    assert set(open_bundle(folder).manifest.files) == {*REQUIRED, "report.html"}


def test_a_manifest_never_holds_nan(folder):
    with pytest.raises(ValueError):
        seal(folder, Manifest("fake", "1", "", 0.5, Bands(0.3, 0.6), metrics={"roc_auc": float("nan")}))


def test_the_manifest_is_written_last_and_on_its_own():
    assert module.MANIFEST not in REQUIRED
