"""One key that a provider publishes, and how tokens name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Verifies signatures. Two with the same ``members`` (the public ones, as published) are the same key."""

    members: tuple[tuple[str, str], ...]
    verifier: Any


Keys = Mapping[str | None, PublicKey]
"""By the ``kid`` that tokens name; None is for tokens that name none."""


def same_keys(some: Keys, others: Keys) -> bool:
    """Say whether both are the same keys by the same names."""
    return {kid: key.members for kid, key in some.items()} == {kid: key.members for kid, key in others.items()}
