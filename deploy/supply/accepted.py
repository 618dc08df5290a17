"""The findings that somebody looked at and accepts for now, with the reason: ``accepted.toml`` beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from churn.errors import BadInput
from deploy.supply.findings import Finding

ACCEPTED = Path(__file__).with_name("accepted.toml")


class Accepted(BaseModel):
    """One entry: the advisory by any of its names, for one package, why, and since which day."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    package: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    since: date

    def is_about(self, finding: Finding) -> bool:
        """Tell whether the finding is what was accepted."""
        return self.id in finding.names and canonicalize_name(self.package) == finding.pin.name


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accepted: list[Accepted] = []


def read_accepted(file: Path) -> list[Accepted]:
    """Return the entries.

    Raises:
        BadInput: the file cannot be read, or an entry lacks something.
    """
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).accepted
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{file} cannot be read as TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInput(
            f"{file}: {where}: {first['msg']}; an [[accepted]] entry has id, package, reason and since = YYYY-MM-DD."
        ) from error


def still_open(findings: Iterable[Finding], accepted: Sequence[Accepted]) -> list[Finding]:
    """Return the findings that nobody accepted."""
    return [finding for finding in findings if not any(entry.is_about(finding) for entry in accepted)]


def unneeded(findings: Sequence[Finding], accepted: Iterable[Accepted]) -> list[Accepted]:
    """Return the entries that are about nothing that was found, and can be taken out."""
    return [entry for entry in accepted if not any(entry.is_about(finding) for finding in findings)]
