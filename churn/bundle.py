"""The bundle: a folder with a model in two forms and all that is needed to trust and serve it.

Opening is *read, judge, build*: the manifest first, then its format version, then every file's size and
SHA-256; only then may anything be loaded. Writing goes to a temporary folder beside the final name and is
renamed, so that a half-written bundle never has the final name.

Format version 2. A change that an older reader would misread, or a part that newer readers rely on, raises
``FORMAT_VERSION``; a new file that may be ignored does not. How it is raised: ``_FROM`` gets a function that
makes of the manifest of the version before one of the new version; a bundle of the version before goes to
``tests/contract/bundles``, where a test opens and scores it; docs/bundle.md and the changelog say what changed.

Version 2 (from 1): ``aim`` says as data by which aim the threshold was chosen.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from churn.errors import BadInput, BundleError, SchemaError
from churn.schema import Schema
from churn.workfolder import left_folders, locked_folder

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
SCHEMA = "schema.json"
SAVED_MODEL = "saved_model"
PREPROCESSOR = "preprocessor.joblib"
COMPILED_MODEL = "compiled/model.tflite"
COMPILED_PREPROCESSOR = "compiled/preprocessor.json"
GOLDEN = "golden.json"
BACKGROUND = "background.npz"
REPORT = "report.html"

REQUIRED = (SCHEMA, f"{SAVED_MODEL}/saved_model.pb", PREPROCESSOR, COMPILED_MODEL, COMPILED_PREPROCESSOR, GOLDEN)
_REPLACED = "bundle"
"""The bundle that is being overwritten, in a folder of its own."""
_REMEDY = "Get the bundle again from where it was trained, or train it anew with churn-train."


@dataclass(frozen=True, slots=True)
class Bands:
    """Risk bands by probability: low < ``medium`` <= medium < ``high`` <= high."""

    medium: float
    high: float


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a file of the bundle has to be: its size and its SHA-256 in hexadecimal."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says. ``metrics``, ``training``, ``data`` and ``libraries`` are plain data.

    ``aim`` is the aim by which the threshold was chosen, such as ``{"kind": "recall", "recall": 0.8}``; empty where
    the bundle, of format version 1, does not say it as data.
    """

    name: str
    version: str
    created: str
    threshold: float
    bands: Bands
    aim: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FileDigest] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @classmethod
    def from_json(cls, data: object) -> Manifest:
        """Read the plain data of a manifest of this format version, or of an older one.

        Raises:
            BundleError: a part is missing or of the wrong type.
        """
        try:
            newest = _newest(data)
            values = {f.name: newest[f.name] for f in fields(cls)}
            values["bands"] = Bands(**values["bands"])
            values["files"] = {_safe(name): FileDigest(**entry) for name, entry in values["files"].items()}
            _check_values(values)
            values["threshold"] = float(values["threshold"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(f"{MANIFEST} is damaged ({type(error).__name__}: {error}). {_REMEDY}") from None
        return cls(**values)


def _check_values(values: Mapping[str, Any]) -> None:
    """Check the types of a manifest, and that its probabilities are some.

    Raises:
        TypeError: a part is of another type.
        ValueError: a probability is none, or the bands are not in order.
    """
    for name in ("name", "version", "created"):
        _check_type(name, values[name], str)
    for name in ("aim", "training", "data", "metrics", "libraries"):
        _check_type(name, values[name], dict)
    for name, digest in values["files"].items():
        _check_type(f"size_bytes of {name}", digest.size_bytes, int)
        _check_type(f"sha256 of {name}", digest.sha256, str)
    bands = values["bands"]
    for name, value in (("threshold", values["threshold"]), ("medium", bands.medium), ("high", bands.high)):
        _check_type(name, value, (int, float))
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}; it has to be a probability")
    if bands.medium > bands.high:
        raise ValueError(f"the band medium begins at {bands.medium}, above high, which begins at {bands.high}")


def _check_type(name: str, value: object, right: type | tuple[type, ...]) -> None:
    if not isinstance(value, right) or isinstance(value, bool):
        raise TypeError(f"{name} is {type(value).__name__}")


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number in JSON")


def _from_1(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**data, "aim": {}}


_FROM: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {1: _from_1}
"""What makes of a manifest of a version one of the next; ``format_version`` stays what the file says."""


def _newest(data: Any) -> Mapping[str, Any]:
    for version in range(data["format_version"], FORMAT_VERSION):
        data = _FROM[version](data)
    newest: Mapping[str, Any] = data
    return newest


@dataclass(frozen=True)
class Bundle:
    """An opened bundle, every file of which was checked against the manifest."""

    path: Path
    manifest: Manifest
    schema: Schema

    def file(self, name: str) -> Path:
        """Return where a file (or folder) of the bundle is."""
        return self.path / name

    @cached_property
    def golden(self) -> Mapping[str, Any]:
        """``records`` (as a client would send them), the reference form's ``probabilities``, ``tolerance``.

        Raises:
            BundleError: they are damaged.
        """
        try:
            data: Mapping[str, Any] = json.loads(self.file(GOLDEN).read_text(encoding="utf-8"))
            _check_golden(data)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise damaged(GOLDEN, self.path, error) from None
        return data


def _check_golden(data: Mapping[str, Any]) -> None:
    records, probabilities = data["records"], data["probabilities"]
    for name, value, right in (("records", records, list), ("probabilities", probabilities, list)):
        _check_type(name, value, right)
    for record, probability in zip(records, probabilities, strict=True):
        _check_type("a record", record, dict)
        _check_type("a probability", probability, (int, float))
    _check_type("tolerance", data["tolerance"], (int, float))


def damaged(name: str, folder: Path, error: BaseException) -> BundleError:
    """Return the error of a file whose digest is right and whose content is not."""
    return BundleError(f"{name} of {folder} is damaged ({type(error).__name__}: {error}). {_REMEDY}")


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle after judging it; nothing of it is loaded or executed.

    Raises:
        BundleError: it is missing, not a bundle, of a newer format, or a file is missing or changed; the
            sentence says which and what to do.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    for name in REQUIRED:
        if name not in manifest.files:
            raise BundleError(f"The manifest of {folder} does not list {name}, which every bundle has. {_REMEDY}")
    for name, digest in manifest.files.items():
        _judge(folder, name, digest)
    try:
        schema = Schema.from_json(json.loads((folder / SCHEMA).read_text(encoding="utf-8")))
    except (SchemaError, ValueError, RecursionError) as error:
        raise BundleError(f"{SCHEMA} of {folder} cannot be read: {error} {_REMEDY}") from None
    return Bundle(folder, manifest, schema)


def _read_manifest(folder: Path) -> Manifest:
    if not folder.is_dir():
        raise BundleError(f"There is no bundle at {folder}. Give the folder that churn-train wrote with --out.")
    try:
        _refuse_no_file(folder, MANIFEST)
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"), parse_constant=_no_number)
    except FileNotFoundError:
        raise BundleError(
            f"{folder} has no {MANIFEST}, so it is no bundle. Give the folder that churn-train wrote."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(
            f"{MANIFEST} of {folder} cannot be read ({error}): it is damaged or truncated. {_REMEDY}"
        ) from None
    version = data.get("format_version") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BundleError(f"{MANIFEST} of {folder} has the format version {version!r}, which is none. {_REMEDY}")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"{folder} has bundle format {version}; this version of churn-service reads formats up to "
            f"{FORMAT_VERSION}. Upgrade churn-service, or train the bundle with this version."
        )
    return Manifest.from_json(data)


def _judge(folder: Path, name: str, expected: FileDigest) -> None:
    file = folder / name
    try:
        size_bytes = _refuse_no_file(folder, name)
        if size_bytes != expected.size_bytes:
            how = "truncated" if size_bytes < expected.size_bytes else "changed"
            raise BundleError(
                f"{name} of {folder} is {how}: it has {size_bytes:,} bytes, the manifest says "
                f"{expected.size_bytes:,}. {_REMEDY}"
            )
        found = digest_of(file)
    except FileNotFoundError:
        raise BundleError(f"{name} is missing from {folder}. {_REMEDY}") from None
    except OSError as error:
        raise BundleError(f"{name} of {folder} cannot be read: {error.strerror}.") from None
    if found.sha256 != expected.sha256:
        raise BundleError(f"{name} of {folder} was changed: its SHA-256 is not the manifest's. {_REMEDY}")


def _refuse_no_file(folder: Path, name: str) -> int:
    """Return the size of a file in bytes; a pipe or a device, which might be read for ever, is refused."""
    found = (folder / name).stat()
    if not stat.S_ISREG(found.st_mode):
        raise BundleError(f"{name} of {folder} is no file that holds data (a pipe, a device or a folder). {_REMEDY}")
    return found.st_size


def _safe(name: str) -> str:
    """Refuse a manifest entry that would leave the bundle's folder."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name:
        raise BundleError(f"The manifest lists {name!r}, which is outside the bundle. Do not use this bundle.")
    if "\0" in name or not name.isprintable():
        raise BundleError(f"The manifest lists {name!r}, which is no name of a file. {_REMEDY}")
    return name


def digest_of(path: Path) -> FileDigest:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileDigest(path.stat().st_size, sha256)


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a staged bundle, with the size and SHA-256 of every file that is there now."""
    files = {
        path.relative_to(folder).as_posix(): asdict(digest_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    data = {**asdict(manifest), "files": files}
    (folder / MANIFEST).write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def check_bundle_target(out: Path, *, overwrite: bool) -> None:
    """Say before hours of work whether a bundle could be written there.

    Raises:
        BadInput: the name is taken, by a bundle without ``overwrite`` or by something that is no bundle.
    """
    if not out.exists():
        return
    if not (out / MANIFEST).is_file():
        raise BadInput(f"{out} exists and is no bundle; nothing was written. Choose another --out.")
    if not overwrite:
        raise BadInput(f"{out} already holds a bundle; nothing was written. Choose another --out, or add --overwrite.")


def clear_left(out: Path) -> None:
    """Remove what runs that were killed left beside ``out``; a bundle that one had put aside goes back to its place."""
    for folder in left_folders(out):
        if not out.exists() and (folder / _REPLACED).is_dir():
            (folder / _REPLACED).rename(out)
        shutil.rmtree(folder, ignore_errors=True)


class TargetCheck(Protocol):
    """Says whether a folder may be written, as ``check_bundle_target`` does for bundles."""

    def __call__(self, out: Path, *, overwrite: bool) -> None:
        """Return if it may.

        Raises:
            BadInput: it may not.
        """


@contextmanager
def staged(out: Path, *, overwrite: bool = False, check: TargetCheck = check_bundle_target) -> Iterator[Path]:
    """Give a temporary folder beside ``out`` to fill and ``seal``; rename it to ``out`` at the end.

    When the block raises, nothing is left and what stood at ``out`` stays. What a run that was killed left is removed.
    ``check`` says what may stand at ``out``: for a folder that is made of a bundle, another than for a bundle.

    Raises:
        BadInput: as ``check``; also when the folder cannot be made.
    """
    clear_left(out)
    check(out, overwrite=overwrite)
    with ExitStack() as held:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            stage = held.enter_context(locked_folder(out))
        except OSError as error:
            raise BadInput(f"{out.parent} cannot be written to: {error.strerror}. Choose another folder.") from None
        try:
            stage.chmod(0o755)
            yield stage
            _publish(stage, out)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _publish(stage: Path, out: Path) -> None:
    """Put the stage in the place of ``out``; a bundle that stood there is removed only afterwards."""
    for path in [*stage.rglob("*"), stage]:
        _sync(path)
    if not out.exists():
        stage.rename(out)
        return
    with locked_folder(out, "old-") as old:
        try:
            out.rename(old / _REPLACED)
            stage.rename(out)
        except BaseException:  # an interruption too
            if not out.exists():
                (old / _REPLACED).rename(out)
            raise
        finally:
            if out.exists():
                shutil.rmtree(old)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
