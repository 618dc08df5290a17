"""Where every customer passes, whatever door they came through: a batch goes in, answers come out.

It knows no HTTP and no format. What is to happen to every customer (batching, limits in rows, an audit) happens here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from churn.answers import Answers, Scores
from churn.batch import Batch
from churn.columns import Record
from service.batching import Batcher
from service.outbox import Outbox
from service.served import Model, Serving

AT_ONCE_ROWS = 512
"""So many customers of several requests are answered in one go: a few milliseconds, in which nothing else is done."""

LIMIT_ROWS = 16_384
"""So many customers may wait for their turn."""


class NotReadyError(Exception):
    """Nobody can be answered now; the sentence says why."""


@dataclass(slots=True)  # not frozen: one is made for each request, and freezing costs more than the rest
class Checked:
    """n records that are right by a model's schema, and their identifiers (n,): the few of one request."""

    model: Model
    records: Sequence[Record]
    identifiers: Sequence[Any]


class Plane:
    """Answers batches with the model that is served."""

    def __init__(self, serving: Serving, outbox: Outbox) -> None:
        """Take where the model is found, and what knows whether a request is alone."""
        self._serving = serving
        self._outbox = outbox
        self._batcher = Batcher(_answer_together, AT_ONCE_ROWS, LIMIT_ROWS)

    def model(self) -> Model:
        """Return the model that answers now; a caller reads and answers one batch with the same.

        Raises:
            NotReadyError: there is none.
        """
        model = self._serving.served.model
        if model is None:
            raise NotReadyError(self._serving.waiting_for or "The model is being changed.")
        return model

    def answer(self, model: Model, batch: Batch) -> Answers:
        """Answer a batch that was read by the model's schema; safe in several threads.

        Raises:
            EngineError: the engine gave no probabilities.
        """
        return model.scorer.answer(batch)

    async def answer_soon(self, checked: Checked) -> Answers:
        """Answer the few records of a request together with those of others that come at the same time, if any do.

        Raises:
            EngineError: the engine gave no probabilities.
            QueueFullError: too many customers wait already.
        """
        if self._outbox.is_alone:
            return _answer_one(checked)
        return await self._batcher.submit(checked, len(checked.records))


def _answer_together(requests: Sequence[Checked]) -> list[Answers]:
    """Answer requests, each with the model that checked it; there are several only while one is being swapped."""
    if len(requests) == 1:
        return [_answer_one(requests[0])]
    found: list[Answers] = []
    for _, same in groupby(requests, key=lambda request: id(request.model)):
        found += _answer_same(list(same))
    return found


def _answer_one(request: Checked) -> Answers:
    scorer = request.model.scorer
    return scorer.answer(Batch(scorer.read(request.records), request.identifiers, {}))


def _answer_same(requests: Sequence[Checked]) -> list[Answers]:
    scorer = requests[0].model.scorer
    whole = scorer.answer(Batch(scorer.read([record for one in requests for record in one.records]), None, {}))
    found, start = [], 0
    for request in requests:
        found.append(_part(whole, request, start))
        start += len(request.records)
    return found


def _part(whole: Answers, request: Checked, start: int) -> Answers:
    """Return a request's own answers out of those of all."""
    rows = slice(start, start + len(request.records))
    scores = whole.scores
    own = Scores(scores.probability[rows], scores.churn[rows], scores.risk[rows])
    warnings = (
        {row - start: whole.warnings[row] for row in range(rows.start, rows.stop) if row in whole.warnings}
        if whole.warnings
        else whole.warnings
    )
    return Answers(Batch(whole.batch.columns.take(rows), request.identifiers, {}), own, warnings)
