"""Loading the model beside a running server: open the engine, reproduce the golden rows, then be ready."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime

from churn.bundle import Bundle
from churn.errors import ChurnError, EngineError, ParityError
from churn.scoring import Scorer
from service.beside import beside
from service.logs import Log, stack
from service.served import Serving, answering
from service.settings import TODAY, Settings

OpenScorer = Callable[[Bundle, str, date | None], Scorer]
_LOOK_AT_THE_CALENDAR_EVERY_S = 20.0
_YOUNG_OBJECTS = 50_000
"""So many objects are made before the collector looks at them: requests leave no cycles, and 700 is a batch of them."""


def today() -> date:
    """Return the day it is in the time zone of this machine."""
    return datetime.now(tz=UTC).astimezone().date()


class Loader:
    """Loads the scorer of a bundle into ``serving``, and again when the day changes that dates are counted from."""

    def __init__(self, bundle: Bundle, settings: Settings, serving: Serving, log: Log, open_scorer: OpenScorer) -> None:
        """Take what to load, where to, and how."""
        self._bundle = bundle
        self._settings = settings
        self._serving = serving
        self._log = log
        self._open_scorer = open_scorer

    def running(self) -> AbstractAsyncContextManager[None]:
        """Load in the background for as long as the block runs."""
        return beside(self._run())

    async def _run(self) -> None:
        follows_calendar = self._settings.as_of == TODAY
        day = today()
        await asyncio.to_thread(self.load, self._bundle, day)
        while follows_calendar:
            await asyncio.sleep(_LOOK_AT_THE_CALENDAR_EVERY_S)
            if today() != day:
                day = today()
                await asyncio.to_thread(self.load, self._bundle, day)

    def load(self, bundle: Bundle, day: date) -> None:
        """Load a bundle, check it and swap it in; say why where that fails: what was served before goes on."""
        chosen = self._settings.as_of
        as_of = day if isinstance(chosen, str) else chosen
        try:
            scorer = self._open_scorer(bundle, self._settings.engine, as_of)
            worst = scorer.check_golden(bundle)
            self._swap(bundle, scorer, worst)
        except ParityError as error:
            self._refuse(error, stops=False)
        except ChurnError as error:
            self._refuse(error, stops=True)
        except Exception as error:  # noqa: BLE001  the outermost edge: whatever a model library may raise
            self._log.event("error", "failure", exception=type(error).__name__, stack=stack(error))
            self._refuse(
                EngineError(f"The model of {bundle.path} could not be loaded; the log says where."), stops=True
            )

    def _swap(self, bundle: Bundle, scorer: Scorer, worst: float) -> None:
        self._bundle = bundle
        before = self._serving.served
        served, is_first = answering(before, bundle, self._settings, scorer), before.model is None
        del before  # else it could not go below
        if is_first:
            _settle()  # nobody waits for the collector yet
        self._serving.swap(served)
        manifest = bundle.manifest
        self._log.event(
            "info", "ready", model=manifest.name, version=manifest.version, engine=self._settings.engine,
            as_of=scorer.schema.as_of, golden_difference=worst,
        )  # fmt: skip
        if not is_first:
            _settle()  # only now can what was served before go

    def _refuse(self, error: ChurnError, *, stops: bool) -> None:
        if self._serving.served.model is not None:
            self._log.event("error", "not_reloaded", sentence=str(error))  # what was loaded before goes on serving
            return
        if stops:
            self._serving.fault = error
        self._serving.refuse(str(error))
        self._log.event("error", "not_ready", sentence=str(error))


def _settle() -> None:
    """Free what is served no more; what is served now stays, and the collector need not look at it again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 10, 10)
