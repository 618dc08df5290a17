"""The package ``churn``, copied as it runs here: so an exported model opens where the project is not installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import churn


def copy_own_code(folder: Path) -> None:
    """Copy the sources of ``churn`` to ``folder/churn``; ``service`` and ``training`` are not needed to score."""
    source = Path(churn.__file__).parent
    for file in sorted(source.rglob("*.py")):
        target = folder / source.name / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
