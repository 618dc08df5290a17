"""What has to be installed where an exported model is opened: what scored here, in the same versions.

``churn-service`` itself is not among it, for its package ``churn`` lies in the model's folder ``code``: a model opens
where no index knows the project. Its version is named all the same.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self

from churn import __version__

NEEDED = {
    "ai-edge-litert": ">=2.1,<3",
    "mlflow": ">=3,<4",
    "numpy": ">=2.2,<3",
    "pandas": ">=3,<4",
    "pyarrow": ">=22",
}
"""The libraries of the scoring path, and what opens the model, each with the versions that do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: the version of Python, such as ``3.11.7``, and what pip is asked to install."""

    python: str
    packages: Sequence[str]

    @classmethod
    def here(cls) -> Self:
        """Return this process's own: the exact version of each library that is installed, the range of others."""
        return cls(platform.python_version(), [f"{name}{_wanted(name)}" for name in NEEDED])

    def requirements(self) -> str:
        """Return the text of a ``requirements.txt``."""
        head = f"# churn-service {__version__} is in the folder code, beside this file; this is what it needs.\n"
        return head + "".join(f"{package}\n" for package in self.packages)

    def python_env(self, requirements: str) -> dict[str, Any]:
        """Return what MLflow makes a virtual environment of; ``requirements`` names the file of that text."""
        return {"python": self.python, "build_dependencies": ["pip"], "dependencies": [f"-r {requirements}"]}

    def conda_env(self) -> dict[str, Any]:
        """Return what conda makes an environment of; MLflow looks for the packages in its very text."""
        return {
            "name": "churn-service",
            "channels": ["conda-forge"],
            "dependencies": [f"python={self.python}", "pip", {"pip": list(self.packages)}],
        }


def _wanted(name: str) -> str:
    try:
        return f"=={version(name)}"
    except PackageNotFoundError:
        return NEEDED[name]
