"""The error tree. No HTTP codes here: the service and the commands decide what each one means to them.

ChurnError
├── BadInput                what somebody gave us is wrong; the sentence says what would be right
│   ├── SchemaError         a schema that contradicts itself
│   ├── TableError          a file that cannot be read as a table of customers
│   ├── TrainingDataError   a table that no meaningful model can be trained on
│   └── BundleError         a bundle that is missing, damaged, or of a newer format
└── Fault                   ours
    ├── EngineError         an engine that cannot be loaded or does not answer
    └── ParityError         two forms of one model disagree, or the golden rows were not reproduced
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

_SHOWN_CHARACTERS = 80
_LONG_NUMBER_BITS = 1_000


class ChurnError(Exception):
    """Root of every error that this project raises on purpose."""


class BadInput(ChurnError):
    """What somebody gave us is wrong; the message is a sentence that says what would be right."""


class SchemaError(BadInput):
    """A schema contradicts itself or a schema file cannot be understood."""


class TableError(BadInput):
    """A file cannot be read as a table of customers."""


class TrainingDataError(BadInput):
    """A table is readable, but training on it would be meaningless."""


class BundleError(BadInput):
    """A bundle is missing, damaged, or written by a newer version of the project."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field of one record.

    ``record`` is the position in what was sent, from 0 (or None where no single record is meant);
    ``received`` is shortened for showing; ``line`` is the line of a file, from 1, where there is one.
    """

    record: int | None
    field: str | None
    received: str
    expected: str
    line: int | None = None

    def sentence(self) -> str:
        """Say the problem in one sentence: what was expected, what was received."""
        where = f"{self.field}: " if self.field else ""
        return f"{where}expected {self.expected}, received {self.received}"


class Fault(ChurnError):
    """Something that is ours to mend, not the caller's."""


class EngineError(Fault):
    """An engine cannot be loaded here, or does not answer."""


class ParityError(Fault):
    """Two forms of one model disagree, or the golden rows of a bundle were not reproduced."""


def shown(value: object) -> str:
    """Show a received value in an error message, shortened so that a megabyte stays out of the answer."""
    if isinstance(value, int) and value.bit_length() > _LONG_NUMBER_BITS:  # to write it out is slow, or not allowed
        return f"a whole number of about {int(value.bit_length() * log10(2)) + 1:,} digits"
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}… ({len(text):,} characters)"
    return f'"{cut}"' if isinstance(value, str) else cut
