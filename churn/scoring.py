"""From columns to answers: the same Scorer evaluates in training, scores files and serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from churn.answers import Answers, Scores
from churn.columns import Columns, Floats, Record
from churn.engines import load_engine
from churn.errors import EngineError, ParityError
from churn.notices import RecordWarning, WarningFinder
from churn.records import RecordReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from churn.batch import Batch
    from churn.bundle import Bundle
    from churn.engines.base import Engine
    from churn.schema import Schema

CHUNK_ROWS = 512
"""Rows per engine call: large enough for full speed, small enough that others get at the processor in between."""


class Scorer:
    """Scores customers with one engine and the bundle's threshold and bands. Safe for several threads.

    An engine is used by one thread at a time. Where all are in use another one is made of the first, so no thread
    ever waits for another; there are as many as there have been threads at once.
    """

    def __init__(self, schema: Schema, engine: Engine, threshold: float, bands: Sequence[float]) -> None:
        """Take the parts; ``bands`` are the two probabilities at which medium and high begin."""
        self.schema = schema
        self.threshold = threshold
        self._engine = engine
        self._idle = [engine]
        self._bands = np.array(bands)
        self._reader = RecordReader(schema)
        self._warnings = WarningFinder(schema)

    @classmethod
    def open(cls, bundle: Bundle, engine: str = "compiled", as_of: date | None = None) -> Scorer:
        """Load an engine for a bundle; ``as_of`` counts dates back from another day than the bundle's.

        Raises:
            EngineError: the engine is unknown or not installed.
        """
        manifest = bundle.manifest
        schema = bundle.schema if as_of is None else bundle.schema.with_as_of(as_of)
        return cls(
            schema, load_engine(engine, bundle), manifest.threshold, (manifest.bands.medium, manifest.bands.high)
        )

    def read(self, records: Sequence[Record]) -> Columns:
        """Turn validated records into columns."""
        return self._reader.read(records)

    def warnings(self, columns: Columns) -> dict[int, list[RecordWarning]]:
        """Return what is worth saying about the batch, by position."""
        return self._warnings.find(columns)

    def answer(self, batch: Batch, between: Callable[[], None] = lambda: None) -> Answers:
        """Answer a batch; ``between`` is called between the engine calls.

        Raises:
            EngineError: the engine gave something that is no probability.
        """
        return Answers(batch, self.score(batch.columns, between), self.warnings(batch.columns))

    def score(self, columns: Columns, between: Callable[[], None] = lambda: None) -> Scores:
        """Score n customers; ``between`` is called between the engine calls.

        Raises:
            EngineError: the engine gave something that is no probability.
        """
        probability = self.probability(columns, between)
        risk = self._bands.searchsorted(probability, side="right")
        return Scores(probability, probability >= self.threshold, risk)

    def probability(self, columns: Columns, between: Callable[[], None] = lambda: None) -> Floats:
        """Return the probability of each of n customers, (n,); ``between`` is called between the engine calls.

        Raises:
            EngineError: the engine gave something that is no probability.
        """
        probability = self._predict(columns, between)
        if not ((probability >= 0.0) & (probability <= 1.0)).all():  # False for NaN too
            raise EngineError("The engine gave a value that is no probability; no answer was given.")
        return probability

    def _predict(self, columns: Columns, between: Callable[[], None] = lambda: None) -> Floats:
        engine = self._take_engine()
        try:
            if len(columns) <= CHUNK_ROWS:
                return engine.predict(columns)
            parts = []
            for at in range(0, len(columns), CHUNK_ROWS):
                parts.append(engine.predict(columns.take(slice(at, at + CHUNK_ROWS))))
                between()
            return np.concatenate(parts)
        finally:
            self._idle.append(engine)

    def _take_engine(self) -> Engine:
        """Return an engine that no other thread uses; taking from a list is one step, which no thread interrupts."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.twin()

    def check_golden(self, bundle: Bundle) -> float:
        """Score the bundle's golden records and return the largest difference to the reference form's answers.

        Raises:
            ParityError: a probability differs by more than the golden tolerance.
        """
        golden = bundle.golden
        expected = np.array(golden["probabilities"])
        found = self._predict(RecordReader(bundle.schema).read(golden["records"]))  # as of the bundle's own day
        worst = float(np.abs(found - expected).max()) if len(expected) else np.inf
        if not worst <= golden["tolerance"]:
            raise ParityError(
                f"The golden rows were not reproduced: a probability differs by {worst:.2g}, "
                f"allowed is {golden['tolerance']:.0e}. Do not serve this bundle here."
            )
        return worst

    def close(self) -> None:
        """Close the engines; nobody scores any more."""
        for engine in self._idle:
            engine.close()
