"""benchmarks/RESULTS.md from what was measured."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.speed.measure import Measured
from benchmarks.speed.mixed import LARGE_RECORDS
from benchmarks.speed.overload import told
from benchmarks.speed.tables import (
    costs_table,
    dialects_table,
    explained_table,
    explainers_table,
    fastapi_table,
    many_table,
    mixed_table,
    overload_table,
    uvicorn_table,
    workers_table,
)

_DIALECTS = "The same customers, asked of the same service in turns: one record over 64 connections, 1,000 over two."
_TREES = (
    "The same core, in turns, in one process: all contributions, without words or HTTP, beside the exact attributions "
    "of boosted trees that learned from the same customers (LightGBM `pred_contrib`, CatBoost `ShapValues`)."
)
_LARGE = f"One more connection sends requests of {LARGE_RECORDS:,} records, one after the other."


def page(given: str, configuration: str, measured: Measured) -> str:
    """Return the page; ``given`` says which bundle, and how often and how long each load was measured."""
    return "\n\n".join([_head(given), *_sections(measured), f"## With what\n\n{configuration}"]) + "\n"


def _head(given: str) -> str:
    return f"""# Measured

`make bench`, {datetime.now(tz=UTC):%Y-%m-%d}: {given}. Servers on one core, wrk on another, in turns.

*Bare uvicorn* is an app that reads the body and answers constant bytes (benchmarks/socket_alone.py). *Bare FastAPI* is
an endpoint that validates the same body with pydantic and answers a constant (benchmarks/bare.py). Figures are medians
of the rounds; a ratio is the median of the rounds' ratios. Goals are held against figures that are not rounded."""


def _sections(measured: Measured) -> list[str]:
    return [
        uvicorn_table(measured.single),
        fastapi_table(measured.single),
        many_table(measured.many),
        costs_table(measured.starts, measured.loaded_mb, measured.mixed_mb),
        f"## Dialects\n\n{_DIALECTS}\n\n{dialects_table(measured.dialects)}",
        f"## Reasons\n\n{explained_table(measured.explained)}\n\n{_TREES}\n\n{explainers_table(measured.explainers)}",
        f"## Beside large requests\n\n{_LARGE}\n\n{mixed_table(measured.mixed)}",
        f"## Workers\n\nThe workers have both cores, and share them with wrk.\n\n{workers_table(measured.workers)}",
        f"## Overload\n\n{told()}\n\n{overload_table(measured.overload)}",
    ]
