"""What one dialect has to say: how a body becomes customers, and how answers and refusals become bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from churn.answers import RISKS, Answers, Reason
from churn.batch import Batch
from service.formats.json_body.writing import write_columns, write_scores
from service.formats.values import ValuesReader, records_of
from service.problems import Refusal
from service.reply import Reply
from service.served import Model

_MOST_TOLD = 3


@dataclass(slots=True)  # made for each request: freezing costs more than the rest
class Question:
    """n customers, as columns by name or as records; ``context`` is for whoever writes the answer."""

    count: int
    columns: Mapping[str, Sequence[Any]] | None = None
    records: Sequence[Any] | None = None
    context: Any = None

    def as_records(self) -> Sequence[Any]:
        """Return the customers as records, (n,)."""
        if self.records is not None:
            return self.records
        return records_of(self.columns or {}, self.count)

    def read_quickly(self, reader: ValuesReader) -> Batch | None:
        """Read the customers if all are surely right; None where it takes the closer look to tell."""
        if self.columns is not None:
            return reader.read_columns_quickly(self.columns, self.count)
        return reader.read_records_quickly(self.records or ())

    def read(self, reader: ValuesReader) -> Batch:
        """Read the customers.

        Raises:
            Refusal: there are none, too many, or wrong ones.
        """
        if self.columns is not None:
            return reader.read_columns(self.columns, self.count)
        return reader.read_records(self.records or ())


class Plain(NamedTuple):
    """Customers in the JSON that ``/predict`` takes, which is read in less time; ``context`` as above."""

    records: bytes
    context: Any = None


class Told:
    """What is answered to one request: ``count`` answers from ``start`` on of some that may be shared with others."""

    def __init__(self, model: Model, answers: Answers, start: int, count: int) -> None:
        """Take the answers and which of them are meant."""
        self.model = model
        self.count = count
        self._answers = answers
        self._rows = slice(start, start + count)

    @property
    def probability(self) -> list[float]:
        """The probability of each customer, (n,), in no more digits than 32 bits hold."""
        return self._answers.short[self._rows]

    @property
    def churn(self) -> list[bool]:
        """Whether each reaches the threshold, (n,)."""
        found: list[bool] = self._answers.scores.churn[self._rows].tolist()
        return found

    @property
    def risk(self) -> list[str]:
        """The band of each, (n,)."""
        return [RISKS[risk] for risk in self._answers.scores.risk[self._rows].tolist()]

    @property
    def objects(self) -> list[str]:
        """All of that for each customer, by the names that ``/predict`` has for it, in JSON, (n,)."""
        return [f"{{{score}" for score in write_scores(self._answers, self._rows)]

    @property
    def predictions(self) -> str:
        """The one member of the object in which most dialects answer, in JSON: ``objects`` in an array."""
        return f'"predictions":[{",".join(self.objects)}]'

    @property
    def columns(self) -> dict[str, str]:
        """All of that by name: an array of the values of all customers, in JSON."""
        return write_columns(self._answers, self._rows)

    @property
    def reasons(self) -> Sequence[Sequence[Reason]]:
        """The reasons for each, the largest first, (n,); only for a call that asks for them."""
        assert self._answers.reasons is not None  # noqa: S101  asked for, or the plane raises
        return self._answers.reasons.told[self._rows]


class Call(Protocol):
    """What is posted to one path of a dialect. It is one object for all requests, in several threads."""

    types: frozenset[bytes]
    """The content types that it reads besides JSON, in lower case and without parameters; b"" is for none."""

    headers: frozenset[bytes]
    """The headers, in lower case, that change how it reads a body."""

    scope: str
    """What the key of a caller has to be for. With ``EXPLAIN`` it is a question for reasons, and answered as that."""

    def glance(self, body: bytes, headers: Mapping[bytes, bytes]) -> Plain | None:
        """Return the customers of a body, if a glance at what is around them tells where they are; None for all else.

        What is returned means what the body means if it is the JSON of right records. It may be anything else.
        """
        ...

    def read(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Question:
        """Read a body.

        Raises:
            Refusal: it is none of this dialect.
        """
        ...

    def write(self, told: Told, context: Any) -> Reply:
        """Write an answer."""
        ...


def sentence_of(refusal: Refusal) -> str:
    """Return all that a refusal says in one text: with the first of the problems that it lists."""
    told = [f"Record {problem.record}: {problem.sentence()}." for problem in refusal.problems[:_MOST_TOLD]]
    return " ".join([refusal.detail, *told])
