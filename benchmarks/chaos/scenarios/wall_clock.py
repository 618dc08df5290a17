"""A wall clock that is set back by an hour. It is a faked one: a real one is the whole machine's."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.chaos.beside import ordinary
from benchmarks.chaos.load import Load
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.process import Service, serving
from benchmarks.chaos.result import Result
from benchmarks.speed.records import so_many

_FAKE = Path(__file__).parents[1] / "set_back"
_HOUR_S = 3_600.0
_ROWS_A_MINUTE = 1_200
_OWED = 40
_OWED_S = _OWED / _ROWS_A_MINUTE * 60
_ALLOWANCE_S = 0.5
_WITH_THE_LIMIT = 2
"""So many of its requests are answered: the one that owes, and the one that is let in."""
_PATIENCE_S = 10.0
_TICK_S = 0.02


def clock_set_back(plan: Plan) -> Result:
    """Set the clock back between a request that owes rows and the moment when they are paid back."""
    path = [str(_FAKE), *filter(None, [os.environ.get("PYTHONPATH")])]
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys.json"
        free, limited = _new_key(keys, "free"), _new_key(keys, "limited", "--rate-rows", str(_ROWS_A_MINUTE))
        with serving(plan, "--keys", str(keys), environment={"PYTHONPATH": os.pathsep.join(path)}) as service:
            kind = ordinary(plan, f"X-API-Key: {free}")
            with Load(service.port, [kind]) as load:
                load.await_answers(100)
                paid_s = _pay_back(plan, service, limited)
            service.stop()
            lines = [line for line in service.requests() if (line["route"], line["status"]) == ("/predict", 200)]
    fates = load.fates[kind.name]
    back_s = _largest_step_back_s([line["time"] for line in lines])
    answered = fates.answered + _WITH_THE_LIMIT
    return Result(
        done=f"the wall clock (`time.time`, faked; `datetime.now` and the system's own are not) is set back by an hour "
        f"under load, while a key with `--rate-rows {_ROWS_A_MINUTE}` owes {_OWED} rows",
        promise="requests are answered, each answer has its line in the log, and the limit lets the key in when it "
        "has paid back, no sooner and no later",
        figures=f"{fates.answered:,} answered, {fates.wrong} of them wrongly, {len(fates.lost)} lost; {len(lines):,} "
        f"lines for {answered:,} requests, their time goes back by {back_s:,.0f} s; let in after {paid_s:.2f} s, "
        f"{_OWED_S:.2f} are right",
        kept=fates.all_right
        and len(lines) == answered
        and abs(back_s - _HOUR_S) < _PATIENCE_S
        and abs(paid_s - _OWED_S) < _ALLOWANCE_S,
    )


def _new_key(keys: Path, name: str, *options: str) -> str:
    command = [
        sys.executable,
        "-m",
        "service",
        "keys",
        "new",
        "--name",
        name,
        "--scope",
        "predict",
        "--file",
        str(keys),
    ]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def _pay_back(plan: Plan, service: Service, key: str) -> float:
    """Owe rows, set the clock back, and ask until the key is let in; return after how many seconds it was.

    Raises:
        TimeoutError: it was not let in.
    """
    status = _status(service, key, so_many(plan.records, _ROWS_A_MINUTE + _OWED))
    assert status == 200, status
    begun_s = time.perf_counter()
    os.kill(service.process.pid, signal.SIGUSR1)
    while time.perf_counter() < begun_s + _PATIENCE_S:
        status = _status(service, key, plan.records[0])
        if status == 200:
            return time.perf_counter() - begun_s
        assert status == 429, status
        time.sleep(_TICK_S)
    raise TimeoutError(f"The key was not let in within {_PATIENCE_S:.0f} s; {_OWED_S:.1f} s would be right.")


def _status(service: Service, key: str, payload: Any) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=_PATIENCE_S)
    try:
        headers = {"Content-Type": "application/json", "X-API-Key": key}
        connection.request("POST", "/predict", json.dumps(payload), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _largest_step_back_s(times: list[str]) -> float:
    """Return by how many seconds a line's time is before that of the line above it, at the most."""
    read = [datetime.fromisoformat(one).timestamp() for one in times]
    return max(before - after for before, after in pairwise(read))
