"""One target in a process of its own, led by coverage: ``python -m tests.hostile.guided TARGET libfuzzer arguments``.

Only churn and service are instrumented: what other libraries do inside is not what is looked for. libFuzzer ends the
process itself, so whatever the target holds is given back by the system.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris


def main() -> None:
    """Run until the time is over or something is found."""
    name, folder, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["churn", "service"]):
        from tests.hostile.targets.table import TARGETS
    with TARGETS[name](Path(folder)) as run:
        atheris.Setup([sys.argv[0], *arguments], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
