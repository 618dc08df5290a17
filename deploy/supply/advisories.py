"""Published advisories in the OSV format (https://ossf.github.io/osv-schema/), read from a zip, a folder or one file.

What is read is what matching needs; everything else of a document may be there, in newer versions of the format, too.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name
from pydantic import BaseModel, ValidationError

from churn.errors import BadInput

PYPI = "PyPI"


class Event(BaseModel):
    """Where in the order of versions something changes; a document says one of the four."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(BaseModel):
    """Versions between events. Those of type GIT are commits, and no versions."""

    type: str
    events: list[Event]


class Package(BaseModel):
    """Whose versions are meant. An ecosystem may be followed by a colon and what narrows it."""

    ecosystem: str
    name: str


class Affected(BaseModel):
    """Versions of one package: those in the list, and those in the ranges."""

    package: Package | None = None
    ranges: list[Range] | None = None
    versions: list[str] | None = None

    @property
    def name(self) -> str | None:
        """The package as PyPI normalizes its name; None where it is no package of PyPI."""
        if self.package is None or self.package.ecosystem.partition(":")[0] != PYPI:
            return None
        return canonicalize_name(self.package.name)


class Advisory(BaseModel):
    """One document of OSV."""

    id: str
    aliases: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    withdrawn: str | None = None
    affected: list[Affected] | None = None

    @property
    def of_pypi(self) -> list[Affected]:
        """The packages of PyPI that it is about."""
        return [each for each in self.affected or [] if each.name is not None]

    @property
    def title(self) -> str:
        """One line: the summary, or where there is none, the beginning of the details."""
        lines = (self.summary or self.details or "no summary").strip().splitlines()
        return lines[0] if lines else "no summary"


def read_advisories(path: Path) -> list[Advisory]:
    """Return the advisories about packages of PyPI that were not withdrawn.

    Raises:
        BadInput: the path cannot be read, holds a document of another form, or nothing about PyPI at all.
    """
    try:
        every = [_parse(name, content) for name, content in _documents(path)]
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        # The last two are what zipfile says of encrypted members and of unknown compressions.
        raise BadInput(f"{path} cannot be read as advisories: {error}.") from error
    about = [advisory for advisory in every if advisory.of_pypi]
    if not about:
        raise BadInput(
            f"{path} holds {len(every):,} advisories, none of them about a package of PyPI; give a zip, a folder of "
            ".json files or one .json file in the OSV format, such as the all.zip that osv.dev publishes for PyPI."
        )
    return [advisory for advisory in about if advisory.withdrawn is None]


def _documents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every document."""
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield str(file), file.read_bytes()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".json"):
                    yield f"{name} in {path}", archive.read(name)
    else:
        yield str(path), path.read_bytes()


def _parse(name: str, content: bytes) -> Advisory:
    try:
        return Advisory.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise BadInput(f"{name} is no advisory in the OSV format: {where}: {first['msg']}.") from error
