"""The service on a bundle made by hand and an engine that answers 0.5, without a server."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from churn.bundle import Bands, Bundle, Manifest
from churn.engines.base import FakeEngine
from churn.schema import Field, Label, Schema
from churn.scoring import Scorer
from service.app import create_app
from service.logs import Log
from service.settings import Settings
from tests.unit.service.wire import WireTransport

JSON = {"content-type": "application/json"}

SCHEMA = Schema(
    fields=(
        Field(
            "tenure", "integer", training_range=(0.0, 72.0), unit="months", example=12, description="Months with us."
        ),
        Field("charges", "number", training_range=(18.0, 120.0), unit="EUR", example=70.35),
        Field("total", "number", nullable=True, training_range=(18.0, 8700.0), example=850.5),
        Field("share", "number", minimum=0.0, maximum=1.0, sentinels=(-999.0,), nullable=True, example=0.25),
        Field("calls", "integer", minimum=0.0, maximum=99.5, example=3),
        Field("contract", "category", levels=("month", "year"), example="month"),
        Field("offer", "category", levels=("a", "b"), nullable=True, missing_markers=("?",), example="a"),
        Field("senior", "category", levels=(0, 1), example=0),
        Field("partner", "category", levels=(False, True), example=True),
        Field("joined", "date", training_range=(0.0, 4000.0), example="2020-05-17"),
        Field(
            "seen",
            "date",
            nullable=True,
            date_format="%d/%m/%Y",
            missing_markers=("-",),
            minimum=0.0,
            example="03/01/2024",
        ),
        Field("at", "time", training_range=(0.0, 24.0), example="13:45:00"),
    ),
    identifier="customerID",
    label=Label("churn", "Yes"),
    ignored=(("RowNumber", "it counts the rows"),),
    as_of=date(2024, 6, 30),
)

RECORD = {
    "tenure": 12, "charges": 70.35, "total": 850.5, "share": 0.25, "calls": 3, "contract": "month", "offer": "a",
    "senior": 0, "partner": True, "joined": "2020-05-17", "seen": "03/01/2024", "at": "13:45",
}  # fmt: skip


@pytest.fixture
def schema() -> Schema:
    return SCHEMA


@pytest.fixture
def record() -> dict[str, Any]:
    """A record with nothing wrong and nothing to warn of."""
    return dict(RECORD)


def hand_made_bundle(folder: Path) -> Bundle:
    """Make a bundle of which only the golden rows are on disk."""
    golden = {"records": [RECORD], "probabilities": [0.5], "tolerance": 1e-5}
    (folder / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    manifest = Manifest(
        "telco", "2024-06-30.1", "2024-06-30T12:00:00Z", 0.4, Bands(0.3, 0.6), metrics={"roc_auc": 0.85}
    )
    return Bundle(folder, manifest, SCHEMA)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return hand_made_bundle(tmp_path)


def fake_scorer(bundle: Bundle, engine: str, as_of: date | None) -> Scorer:
    """Stands in for ``Scorer.open``: the engine that answers 0.5 to all."""
    schema = bundle.schema if as_of is None else bundle.schema.with_as_of(as_of)
    return Scorer(
        schema, FakeEngine(), bundle.manifest.threshold, (bundle.manifest.bands.medium, bundle.manifest.bands.high)
    )


class Client:
    """Asks an app without a server; each call runs the event loop until it is answered."""

    def __init__(self, app: Any, runner: asyncio.Runner, lines: list[str], transport: Any) -> None:
        self.app = app
        self._transport = transport
        self._runner = runner
        self._lines = lines

    def run(self, coroutine: Any) -> Any:
        return self._runner.run(coroutine)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://service") as client:
                return await client.request(method, path, **options)

        return self.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, body: bytes | str, path: str = "/predict", headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("POST", path, content=body, headers=JSON if headers is None else headers)

    def predict(self, records: Any, query: str = "") -> httpx.Response:
        return self.post(json.dumps(records), f"/predict{query}")

    def await_loaded(self) -> None:
        async def loaded() -> None:
            while self.app.serving.served.model is None and self.app.serving.fault is None:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

        self.run(asyncio.wait_for(loaded(), 5))

    def log(self) -> list[dict[str, Any]]:
        self.app.log.flush()
        return [json.loads(line) for text in self._lines for line in text.splitlines()]


DOORS = {"app": partial(httpx.ASGITransport, raise_app_exceptions=False), "wire": WireTransport}
"""By which a request comes to the app: as the web framework would give it, or as bytes."""


@contextmanager
def running(
    bundle: Bundle, *, open_scorer: Any = fake_scorer, door: str = "app", settles: bool = False, **settings: Any
) -> Iterator[Client]:
    """Run the app; with ``settles`` it looks at all objects when it is ready, here also at those of all tests."""
    lines: list[str] = []
    app = create_app(
        bundle,
        Settings(bundle.path, **settings),
        open_scorer=open_scorer,
        log=Log(settings.get("log_level", "info"), lines.append),
    )
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        if not settles:
            patch.setattr("service.loading._settle", lambda: None)
        life = app.router.lifespan_context(app)
        runner.run(life.__aenter__())
        try:
            yield Client(app, runner, lines, DOORS[door](app))
        finally:
            runner.run(life.__aexit__(None, None, None))


@pytest.fixture
def open_fake() -> Any:
    return fake_scorer


@pytest.fixture
def start(bundle: Bundle, door: str) -> Any:
    """Starts the service with other settings or another scorer: ``with start(max_records=2) as client``."""
    return lambda **options: running(bundle, door=door, **options)


@pytest.fixture
def door() -> str:
    """By which requests come; a module may have them come by several."""
    return "app"


@pytest.fixture
def client(start: Any) -> Iterator[Client]:
    """The service, ready."""
    with start() as client:
        client.await_loaded()
        yield client
