"""``python -m benchmarks.steps``: microseconds of processor time for each step of one request, in a process of its own.

Each step is run by itself, for one record and for sixteen requests answered together; what is left of a request is the
protocol, the tasks and the futures between, which only the whole shows (``make bench``).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.speed.records import ordinary_records
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

TOGETHER = (1, 16)
_REPEATS, _ROUNDS = 2_000, 7


def main() -> int:
    """Measure and print the table; return 0."""
    given = _parser().parse_args()
    steps = {requests: _steps(given.bundle, requests) for requests in TOGETHER}
    print("| step, µs a request | " + " | ".join(f"{n} together" for n in TOGETHER) + " |")
    print("|---" * (len(TOGETHER) + 1) + "|")
    totals = dict.fromkeys(TOGETHER, 0.0)
    for name in steps[1]:
        spent = {n: _spent_us(steps[n][name], n) for n in TOGETHER}
        totals = {n: totals[n] + spent[n] for n in TOGETHER}
        print(f"| {name} | " + " | ".join(f"{spent[n]:.1f}" for n in TOGETHER) + " |")
    print("| together | " + " | ".join(f"{totals[n]:.1f}" for n in TOGETHER) + " |")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path("artifacts/telco"))
    return parser


Step = tuple[Callable[[], object], bool]
"""What is run, and whether once for each request (or once for all together)."""


def _steps(path: Path, requests: int) -> dict[str, Step]:
    bundle = open_bundle(path)
    body = json.dumps(ordinary_records(path)[0]).encode()
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
        "write": (lambda: write(head, answers), True),
        "metrics": (lambda: metrics.request("/predict", 200, 0.001), True),
        "log line": (
            lambda: log.line("info", "request", _members("POST", "/predict", "0" * 32, reply, 0.001)),
            True,
        ),
    }


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
