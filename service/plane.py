"""Where every customer passes, whatever door they came through: a batch goes in, answers come out.

It knows no HTTP and no format. What is to happen to every customer (batching, limits in rows, an audit) happens here.
"""

from __future__ import annotations

from churn.answers import Answers
from churn.batch import Batch
from service.served import Model, Serving


class NotReadyError(Exception):
    """Nobody can be answered now; the sentence says why."""


class Plane:
    """Answers batches with the model that is served."""

    def __init__(self, serving: Serving) -> None:
        """Take where the model is found."""
        self._serving = serving

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
