"""``python -m benchmarks.steps``: microseconds of processor time for each step of one request, in a process of its own.

Each step is run by itself, for one record and for many requests answered together, and then a whole request through the
protocol, but without a socket; what is left of what ``make bench`` sees is the socket's.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.in_memory import whole_us
from benchmarks.speed.records import ordinary_records
from churn.answers import Answers
from churn.batch import Batch
from churn.bundle import open_bundle
from churn.engines import load_engine
from churn.engines.compiled import CompiledEngine
from churn.records import RecordReader
from churn.scoring import Scorer
from service.api.edge import _members
from service.formats.json_body.reading import BodyReader
from service.formats.json_body.writing import head_of, write
from service.logs import Log
from service.metrics import Metrics
from service.pages.openapi import PATHS
from service.reply import Reply
from service.requestid import request_id

TOGETHER = (1, 16, 64)
_INCLUDED = {"preprocess", "engine, preprocess included"}
"""Steps that are parts of others."""
_REPEATS, _ROUNDS = 2_000, 7


def main() -> int:
    """Measure and print the table; return 0."""
    given = _parser().parse_args()
    steps = {requests: _steps(given.bundle, requests) for requests in TOGETHER}
    _print("step, µs a request", [f"{n} together" for n in TOGETHER])
    print("|---" * (len(TOGETHER) + 1) + "|")
    totals = [0.0] * len(TOGETHER)
    for name in steps[1]:
        spent = [_spent_us(steps[n][name], n) for n in TOGETHER]
        if name not in _INCLUDED:
            totals = [total + more for total, more in zip(totals, spent, strict=True)]
        _print(name, map("{:.1f}".format, spent))
    _print("these together, what is included counted once", map("{:.1f}".format, totals))
    body = _body(given.bundle)
    whole = [whole_us(given.bundle, body, n, rounds=_ROUNDS, repeats=_REPEATS // n) for n in TOGETHER]
    _print("a whole request, protocol included, without a socket", map("{:.1f}".format, whole))
    return 0


def _print(name: str, cells: Iterable[str]) -> None:
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("artifacts/telco"))
    return parser


Step = tuple[Callable[[], object], bool]
"""What is run, and whether once for each request (or once for all together)."""


def _steps(path: Path, requests: int) -> dict[str, Step]:
    bundle = open_bundle(path)
    body = _body(path)
    scorer, engine = Scorer.open(bundle), load_engine("compiled", bundle)
    assert isinstance(engine, CompiledEngine)
    read = RecordReader(bundle.schema).read
    reader = BodyReader(bundle.schema, read, 10_000)
    checked = reader.check_quickly(body)
    assert checked is not None
    records = list(checked) * requests
    columns = read(records)
    answers = scorer.answer(Batch(read(checked), reader.identifiers(checked), {}))
    head, log, metrics = head_of("telco", "1"), Log(write=lambda _: None), Metrics(PATHS)
    reply = Reply(200, b"", scored=1)
    return {
        "request id": (lambda: request_id(None), True),
        "read and validate": (lambda: reader.check_quickly(body), True),
        "columns": (lambda: read(records), False),
        "preprocess": (lambda: engine.preprocess(columns), False),
        "engine, preprocess included": (lambda: engine.predict(columns), False),
        "score, engine included": (lambda: scorer.score(columns), False),
        "warnings": (lambda: scorer.warnings(columns), False),
        "write": (lambda: write(head, Answers(answers.batch, answers.scores, answers.warnings)), True),
        "metrics": (lambda: metrics.request("/predict", 200, 0.001), True),
        "log line": (
            lambda: log.line("info", "request", _members("POST", "/predict", "0" * 32, reply, 0.001)),
            True,
        ),
    }


def _body(path: Path) -> bytes:
    return json.dumps(ordinary_records(path)[0]).encode()


def _spent_us(step: Step, requests: int) -> float:
    run, is_for_each = step
    times_us = []
    for _ in range(_ROUNDS):
        start_s = time.process_time()
        for _ in range(_REPEATS):
            run()
        times_us.append((time.process_time() - start_s) / _REPEATS * 1e6)
    return min(times_us) / (1 if is_for_each else requests)


if __name__ == "__main__":
    sys.exit(main())
