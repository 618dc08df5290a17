"""Where the inputs are that are kept: a folder for each target, a file for each input."""

from __future__ import annotations

from pathlib import Path

CORPORA = Path(__file__).parent / "corpus"


def inputs_of(target: str) -> list[Path]:
    """Return the files of a target's corpus, in order."""
    return sorted((CORPORA / target).iterdir())
