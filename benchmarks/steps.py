"""``python -m benchmarks.steps``: microseconds of processor time for each step of one request, in a process of its own.

Each step is run by itself, for one record and for many requests answered together, and then a whole request through the
protocol, but without a socket; what is left of what ``make bench`` sees is the socket's. A second table has the steps
of one large request.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.in_memory import whole_us
from benchmarks.speed.records import ordinary_records, so_many
from churn.batch import Batch
from churn.bundle import open_bundle
from churn.engines import load_engine
from churn.engines.compiled import CompiledEngine
from churn.scoring import Scorer
from service.api.edge import _members
from service.api.visit import Visit
from service.formats.json_body.reading import BodyReader
from service.formats.json_body.writing import head_of, write, write_some
from service.logs import Log
from service.metrics import Metrics
from service.pages.openapi import PATHS
from service.reply import Reply
from service.requestid import request_id

TOGETHER = (1, 16, 64)
LARGE = 1_000
_INCLUDED = {"preprocess", "engine, preprocess included"}
"""Steps that are parts of others."""
_REPEATS, _ROUNDS = 2_000, 7


@dataclass(frozen=True, slots=True)
class Step:
    """What is run, and how many requests or records share its cost."""

    run: Callable[[], object]
    shared_by: int = 1


def main() -> int:
    """Measure and print the table; return 0."""
    given = _parser().parse_args()
    steps = {requests: _steps(given.bundle, requests) for requests in TOGETHER}
    _print_steps("step, µs a request", [f"{n} together" for n in TOGETHER], [steps[n] for n in TOGETHER])
    body = _body(given.bundle, 1)
    whole = [whole_us(given.bundle, body, n, rounds=_ROUNDS, repeats=_REPEATS // n) for n in TOGETHER]
    _print("a whole request, protocol included, without a socket", map("{:.2f}".format, whole))
    print()
    _print_steps("step, µs a record", [f"a request of {LARGE:,} records"], [_large_steps(given.bundle)])
    return 0


def _print_steps(title: str, heads: Sequence[str], columns: Sequence[Mapping[str, Step]]) -> None:
    _print(title, heads)
    print("|---" * (len(heads) + 1) + "|")
    totals = [0.0] * len(heads)
    for name in columns[0]:
        spent = [_spent_us(steps[name]) for steps in columns]
        if name not in _INCLUDED:
            totals = [total + more for total, more in zip(totals, spent, strict=True)]
        _print(name, map("{:.2f}".format, spent))
    _print("these together, what is included counted once", map("{:.2f}".format, totals))


def _print(name: str, cells: Iterable[str]) -> None:
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("artifacts/telco"))
    return parser


def _steps(path: Path, requests: int) -> dict[str, Step]:
    """Return the steps of so many requests of one record that are answered together."""
    bundle, body = open_bundle(path), _body(path, 1)
    scorer, engine = Scorer.open(bundle), load_engine("compiled", bundle)
    assert isinstance(engine, CompiledEngine)
    reader = BodyReader(bundle.schema, scorer.read, 10_000)
    checked = reader.check_quickly(body)
    assert checked is not None
    columns = scorer.read([*checked] * requests)
    answers, one = scorer.answer(Batch(columns, None, {})), reader.identifiers(checked)
    head, log, metrics = head_of("telco", "1"), Log(write=lambda _: None), Metrics(PATHS)
    reply, visit = Reply(200, b"", scored=1), Visit("POST", "/predict", "0" * 32, 0.0)

    def write_shares() -> None:
        anew = replace(answers)
        for start in range(requests):
            write_some(head, anew, start, one)

    return {
        "request id": Step(lambda: request_id(None)),
        "read and validate": Step(lambda: reader.check_quickly(body)),
        "columns": Step(lambda: scorer.read([*checked] * requests), requests),
        "preprocess": Step(lambda: engine.preprocess(columns), requests),
        "engine, preprocess included": Step(lambda: engine.predict(columns), requests),
        "score, engine included": Step(lambda: scorer.score(columns), requests),
        "warnings": Step(lambda: scorer.warnings(columns), requests),
        "write": Step(write_shares, requests),
        "metrics": Step(lambda: metrics.request("/predict", 200, 0.001)),
        "log line": Step(lambda: log.line("info", "request", _members(visit, "/predict", reply, 0.001))),
    }


def _large_steps(path: Path) -> dict[str, Step]:
    """Return the steps of one request of many records."""
    bundle, body = open_bundle(path), _body(path, LARGE)
    scorer = Scorer.open(bundle)
    reader = BodyReader(bundle.schema, scorer.read, LARGE)
    checked = reader.check_quickly(body)
    assert checked is not None
    batch = reader.read(body, report=False)
    answers, head = scorer.answer(batch), head_of("telco", "1")
    return {
        "validate": Step(lambda: reader.check_quickly(body), LARGE),
        "columns": Step(lambda: scorer.read(checked), LARGE),
        "score": Step(lambda: scorer.score(batch.columns), LARGE),
        "warnings": Step(lambda: scorer.warnings(batch.columns), LARGE),
        "write": Step(lambda: write(head, replace(answers)), LARGE),
    }


def _body(path: Path, records: int) -> bytes:
    return json.dumps(so_many(ordinary_records(path), records)).encode()


def _spent_us(step: Step) -> float:
    times_us = []
    repeats = max(_REPEATS // step.shared_by, 20)
    for _ in range(_ROUNDS):
        start_s = time.process_time()
        for _ in range(repeats):
            step.run()
        times_us.append((time.process_time() - start_s) / repeats * 1e6)
    return min(times_us) / step.shared_by


if __name__ == "__main__":
    sys.exit(main())
