"""The tables of benchmarks/RESULTS.md, each figure with the goal it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.load import Figures
from benchmarks.speed import goals
from benchmarks.speed.dialects import PREDICT, ByDialect
from benchmarks.speed.explainers import Explainers
from benchmarks.speed.goals import beside
from benchmarks.speed.mixed import Mixed
from benchmarks.speed.overload import OK, TOO_BUSY, Overload
from benchmarks.speed.starts import Start
from benchmarks.speed.targets import FASTAPI, OURS, UVICORN
from benchmarks.speed.turns import Turns, p50_ms, p99_ms, per_s
from benchmarks.speed.workers import ByWorkers

_MS = "ms"
_LATENCIES = f"p50 / p99, {_MS}"


def uvicorn_table(rows: Iterable[Turns]) -> str:
    """Return one record a request beside bare uvicorn."""
    return _table(_heads("one record a request", "requests/s", UVICORN), [_uvicorn_row(turns) for turns in rows])


def fastapi_table(rows: Iterable[Turns]) -> str:
    """Return one record a request beside bare FastAPI."""
    return _table(
        _heads("one record a request", "requests/s", FASTAPI),
        [[*_figures(turns, FASTAPI), *_ratios(turns, FASTAPI)] for turns in rows],
    )


def many_table(rows: Iterable[Turns]) -> str:
    """Return many records a request beside bare FastAPI."""
    return _table(_heads("many records a request", "records/s", FASTAPI), [_many_row(turns) for turns in rows])


def _heads(what: str, unit: str, other: str) -> list[str]:
    ratios = [f"{unit}, service / {other}", "p50, likewise", "p99, likewise"]
    return [what, f"service, {unit}", _LATENCIES, f"{other}, {unit}", _LATENCIES, *ratios]


def _uvicorn_row(turns: Turns) -> list[str]:
    connections = turns.load.connections
    held = (goals.UVICORN_REQUESTS, goals.UVICORN_P50, goals.UVICORN_P99)
    figures = (turns.ratio(UVICORN, what) for what in (per_s, p50_ms, p99_ms))
    ratios = [
        beside(goal.get(connections), figure, f"{figure:.2f}") for goal, figure in zip(held, figures, strict=True)
    ]
    return [*_figures(turns, UVICORN), *ratios]


def _many_row(turns: Turns) -> list[str]:
    records = len(turns.load.records)
    name, ours, *others = _figures(turns, FASTAPI)
    figure = turns.median(OURS, per_s) * records
    return [name, beside(goals.RECORDS_PER_S.get(records), figure, ours), *others, *_ratios(turns, FASTAPI)]


def _figures(turns: Turns, other: str) -> list[str]:
    """Return the load, then records a second and latencies of ours and of the other."""
    cells = [turns.load.name]
    for name in (OURS, other):
        cells += [f"{turns.median(name, per_s) * len(turns.load.records):,.0f}", _latencies(turns.figures[name])]
    return cells


def _ratios(turns: Turns, other: str) -> list[str]:
    return [f"{turns.ratio(other, what):.2f}" for what in (per_s, p50_ms, p99_ms)]


def _latencies(figures: Sequence[Figures]) -> str:
    return f"{median(map(p50_ms, figures)):.2f} / {median(map(p99_ms, figures)):.2f}"


def dialects_table(rows: Iterable[ByDialect]) -> str:
    """Return each dialect beside /predict."""
    heads = ["records a request", "dialect", "records/s", f"requests/s, dialect / {PREDICT}"]
    return _table(heads, [_dialect_row(row, dialect) for row in rows for dialect in row.figures])


def _dialect_row(row: ByDialect, dialect: str) -> list[str]:
    records_per_s, ratio = row.records_per_s(dialect), row.ratio(dialect)
    is_held = dialect != PREDICT
    single = goals.DIALECT_REQUESTS if is_held and row.records == 1 else None
    many = goals.DIALECT_RECORDS_PER_S if is_held and row.records > 1 else None
    return [
        f"{row.records:,}", dialect, beside(many, records_per_s, f"{records_per_s:,.0f}"),
        beside(single, ratio, f"{ratio:.2f}"),
    ]  # fmt: skip


def costs_table(starts: Sequence[Start], loaded_mb: float, mixed_mb: float) -> str:
    """Return what a start and the memory cost; the two sizes are after the first loads, and after large requests."""
    answer_s = median(start.first_right_answer_s for start in starts)
    rows = [
        ["start to ready", f"{median(start.ready_s for start in starts):.2f} s"],
        ["start to the first right answer", goals.FIRST_RIGHT_ANSWER_S.beside(answer_s, f"{answer_s:.2f} s")],
        ["resident after the first answer", f"{median(start.resident_mb for start in starts):.1f} MB"],
        ["resident after the loads above", goals.WORKER_MB.beside(loaded_mb, f"{loaded_mb:.1f} MB")],
        ["resident after the large requests below", f"{mixed_mb:.1f} MB"],
    ]
    return _table(["cost of one worker", "figure"], rows)


def mixed_table(rows: Iterable[Mixed]) -> str:
    """Return single records alone and beside large requests."""
    heads = ["one record a request", f"alone: {_LATENCIES}", f"beside large requests: {_LATENCIES}"]
    return _table([*heads, "p99, beside / alone", "records/s of the large requests"], map(_mixed_row, rows))


def _mixed_row(mixed: Mixed) -> list[str]:
    ratio = goals.MIXED_P99.beside(mixed.p99_ratio, f"{mixed.p99_ratio:.2f}")
    latencies = [_latencies(mixed.quiet), _latencies(mixed.beside)]
    return [mixed.load.name, *latencies, ratio, f"{mixed.large_records_per_s:,.0f}"]


def explained_table(rows: Iterable[Turns]) -> str:
    """Return what reasons cost over HTTP."""
    return _table(["with three reasons each", "records/s", "p50, ms", "p99, ms"], map(_explained_row, rows))


def _explained_row(turns: Turns) -> list[str]:
    count = len(turns.load.records)
    rate, middle = turns.median(OURS, per_s) * count, turns.median(OURS, p50_ms)
    return [
        turns.load.name,
        beside(goals.EXPLAINED_PER_S.get(count), rate, f"{rate:,.0f}"),
        beside(goals.EXPLAINED_P50_MS.get(count), middle, f"{middle:.2f}"),
        f"{turns.median(OURS, p99_ms):.2f}",
    ]


def explainers_table(found: Explainers) -> str:
    """Return the reasons of one core beside the exact attributions of boosted trees."""
    rows = [[name, f"{one['records_per_s']:,.0f}", f"{one['one_ms']:.2f}"] for name, one in found.items()]
    return _table(["all contributions, in process", "records/s, 1,000 at once", "one record, ms"], rows)


def workers_table(rows: Iterable[ByWorkers]) -> str:
    """Return several workers beside one."""
    heads = ["load", "workers", "requests/s", "as a multiple of one worker's"]
    cells = [_workers_row(one, workers) for one in rows for workers in one.runs]
    return _table([*heads, "answers a second of processor time, likewise"], cells)


def _workers_row(one: ByWorkers, workers: int) -> list[str]:
    speedup, thrift = one.speedup(workers), one.thrift(workers)
    return [
        one.load.name,
        str(workers),
        f"{one.requests_per_s(workers):,.0f}",
        beside(goals.WORKERS_SPEEDUP.get(workers), speedup, f"{speedup:.2f}"),
        beside(goals.WORKERS_THRIFT.get(workers), thrift, f"{thrift:.2f}"),
    ]


def overload_table(rows: Iterable[Overload]) -> str:
    """Return what came of more requests than can be answered."""
    heads = ["sent, of what can be answered", "answered well, likewise", f"p99 of those, {_MS}"]
    return _table([*heads, f"refused (429), p99 in {_MS}", "never answered, or not sent"], map(_overload_row, rows))


def _overload_row(one: Overload) -> list[str]:
    refused = len(one.tally.latencies_s.get(TOO_BUSY, []))
    assert not one.tally.without_retry_after, "a 429 without Retry-After"
    return [
        f"{one.times:g}",
        beside(goals.OVERLOAD_GOODPUT.get(one.times), one.goodput, f"{one.goodput:.2f}"),
        _ms(one.p99_ms(OK)),
        f"{refused / one.seconds:,.0f}/s, {_ms(one.p99_ms(TOO_BUSY))}",
        f"{one.tally.lost:,}, {one.tally.unsent:,}",
    ]


def _ms(latency_ms: float | None) -> str:
    return "–" if latency_ms is None else f"{latency_ms:.1f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(line)} |" for line in (heads, *rows)]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])
