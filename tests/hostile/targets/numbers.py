"""Numbers as people write them. Nothing may be raised but ValueError by what says so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from churn.kinds.spelling import DECIMALS, UNITS, read_number, says_number
from tests.hostile.targets.target import Run


@contextmanager
def spelling(_folder: Path) -> Iterator[Run]:
    """Read a text with either mark before the decimals."""

    def run(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        for decimal in DECIMALS:
            found = read_number(text, decimal)
            if found is None:
                _refuse(text, decimal)
            else:
                assert not math.isnan(found.number)
                assert found.unit is None or found.unit in UNITS
                assert says_number(text, decimal, found.unit) == found.number

    yield run


def _refuse(text: str, decimal: str) -> None:
    try:
        says_number(text, decimal, None)
    except ValueError:
        return
    raise AssertionError(f"{text!r} is read as a number that it is not.")
