"""One target in a process of its own, led by coverage: ``python -m tests.hostile.guided TARGET libfuzzer arguments``.

Only churn and service are instrumented: what other libraries do inside is not what is looked for. libFuzzer ends the
process itself, so whatever the target holds is given back by the system.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import atheris

from tests.hostile.targets.target import Run


def main() -> None:
    """Run until the time is over or something is found."""
    name, folder, finds, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["churn", "service"]):
        from tests.hostile.targets.table import TARGETS
    with TARGETS[name](Path(folder)) as run:
        atheris.Setup([sys.argv[0], *arguments], _keeping(run, Path(finds)))
        atheris.Fuzz()


def _keeping(run: Run, finds: Path) -> Run:
    """Write down what brings out an exception, under libFuzzer's name for it; the process may end before it does."""

    def keep(data: bytes) -> None:
        try:
            run(data)
        except BaseException:
            (finds / f"crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}").write_bytes(data)
            raise

    return keep


if __name__ == "__main__":
    main()
