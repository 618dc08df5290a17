"""Where every customer passes, whatever door they came through: a batch goes in, answers come out.

It knows no HTTP and no format. What is to happen to every customer (batching, limits in rows, an audit) happens here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from churn.answers import Answers, Reasons
from churn.batch import Batch
from churn.columns import Columns, Floats, Record
from churn.notices import RecordWarning
from service.batching import Batcher, Waiter
from service.reply import Seen
from service.served import Model, Serving

AT_ONCE_ROWS = 512
"""So many customers of several requests are answered in one go: a few milliseconds, in which nothing else is done."""

LIMIT_ROWS = 16_384
"""So many customers may wait for their turn."""


class NotReadyError(Exception):
    """Nobody can be answered now; the sentence says why."""


@dataclass(slots=True)  # not frozen: one is made for each request, and freezing costs more than the rest
class Asked:
    """What a request of few records asks of a model. It is read only when it is its turn.

    A record that is read takes several times the memory of its bytes, so a long queue of them would slow down all else.
    ``records`` (n,) are there when they have been read and are all right; ``rows`` is about how many they are.
    ``context`` is for whoever writes the answer.
    """

    model: Model
    body: bytes
    rows: int
    records: Sequence[Record] = ()
    context: Any = None


@dataclass(slots=True)
class Share:
    """What a request has of answers that were given to several at once: those from ``start`` on, one a record.

    Answers are None if not all of its records are surely right; it then takes a closer look to tell.
    """

    request: Asked
    answers: Answers | None
    start: int = 0

    @property
    def warnings(self) -> Mapping[int, Sequence[RecordWarning]]:
        """What is worth saying about some of the request's records, by position among them."""
        if self.answers is None:
            return {}
        start, found = self.start, self.answers.warnings
        rows = range(start, start + len(self.request.records))
        return {row - start: found[row] for row in rows if row in found} if found else found


class Plane:
    """Answers batches with the model that is served."""

    def __init__(
        self,
        serving: Serving,
        limit_s: float,
        all_told: Callable[[], None] = lambda: None,
        tell_left: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Take where the model is found, and how long customers of several requests may wait for their turn.

        ``all_told`` is called when those who were answered together have been told; ``tell_left`` hears how many
        customers are left for the next turn.
        """
        self._serving = serving
        self._batcher = Batcher(_answer_together, AT_ONCE_ROWS, LIMIT_ROWS, limit_s, all_told, tell_left)

    @property
    def is_ready(self) -> bool:
        """Whether there is a model that answers."""
        return self._serving.served.model is not None

    def model(self) -> Model:
        """Return the model that answers now; a caller reads and answers one batch with the same.

        Raises:
            NotReadyError: there is none.
        """
        model = self._serving.served.model
        if model is None:
            raise NotReadyError(self._serving.waiting_for or "The model is being changed.")
        return model

    def turns(self) -> int:
        """Return how often customers of several requests have been answered; it says whether there are any now."""
        return self._batcher.rounds

    def answer(
        self, model: Model, batch: Batch, between: Callable[[], None] = lambda: None, reasons: int = 0
    ) -> Answers:
        """Answer a batch that was read by the model's schema; safe in several threads.

        ``between`` is called between the steps of a long one. ``reasons`` says how many each answer gets.

        Raises:
            EngineError: the engine gave no probabilities.
            NoReasonsError: the model's bundle holds nothing to compare with.
        """
        answers = _answered(model, batch, between)
        if reasons:
            answers.reasons = self.reasons(model, batch.columns, answers.scores.probability, reasons, between)
        return answers

    def reasons(
        self, model: Model, columns: Columns, probability: Floats, count: int, between: Callable[[], None]
    ) -> Reasons:
        """Return the ``count`` largest reasons for the probability, (n,), that the model gave to each of n customers.

        Raises:
            EngineError: the engine gave no probabilities.
            NoReasonsError: the model's bundle holds nothing to compare with.
        """
        return model.reasoner.reasons(columns, probability, count, between)

    def check_room(self) -> None:
        """Say whether anybody would be taken now.

        Raises:
            QueueFullError: too many customers wait already, or for too long.
        """
        self._batcher.check_room()

    async def answer_soon(self, asked: Asked) -> Share:
        """Answer the few records of a request together with those of others that come at the same time, if any do.

        Raises:
            EngineError: the engine gave no probabilities.
            QueueFullError: too many customers wait already, or for too long.
        """
        future: asyncio.Future[Share] = asyncio.get_running_loop().create_future()
        self.submit(asked, future)
        return await future

    def submit(self, asked: Asked, waiter: Waiter[Share]) -> None:
        """Do the same for who is told, at once or soon.

        Raises:
            QueueFullError: too many customers wait already, or for too long.
        """
        self._batcher.submit(asked, asked.rows, waiter)


def _answer_together(requests: Sequence[Asked]) -> list[Share]:
    """Answer requests, each with the model that it asks; there are several only while one is being swapped."""
    found: list[Share] = []
    for _, same in groupby(requests, key=lambda request: id(request.model)):
        found += _answer_same(list(same))
    return found


def _answer_same(requests: Sequence[Asked]) -> list[Share]:
    model = requests[0].model
    check = model.reader.check_quickly
    records: list[Record] = []
    for request in requests:
        request.records = request.records or check(request.body) or ()
        records += request.records
    if not records:
        return [Share(request, None) for request in requests]
    answers = _answered(model, Batch(model.scorer.read(records), None, {}))
    found: list[Share] = []
    start = 0
    for request in requests:
        found.append(Share(request, answers if request.records else None, start))
        start += len(request.records)
    return found


def _answered(model: Model, batch: Batch, between: Callable[[], None] = lambda: None) -> Answers:
    answers = model.scorer.answer(batch, between)
    if model.fingerprints is not None:
        answers.fingerprints = model.fingerprints(batch.columns)
    return answers


def seen(model: Model, answers: Answers, start: int = 0, count: int | None = None) -> Seen | None:
    """Return what an audit keeps of ``count`` answers from ``start`` on, or of all; None where there is none."""
    if model.fingerprints is None:
        return None
    rows = slice(start, None if count is None else start + count)
    return Seen(model.told, answers.scores.probability[rows], answers.fingerprints[rows])
