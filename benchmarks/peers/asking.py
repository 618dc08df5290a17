"""One request by hand: is the answer right before its speed is measured?"""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence

from benchmarks.peers.bodies import Record
from benchmarks.peers.failed import PeerFailed
from benchmarks.peers.table import Door

TOLERANCE = 1e-4
_PATIENCE_S = 60.0


def check(door: Door, port: int, records: Sequence[Record], expected: Sequence[float]) -> None:
    """Raise PeerFailed unless the probabilities are those of the bundle's golden.json."""
    answer = ask(door, port, records)
    try:
        given = door.read(answer)
    except (KeyError, TypeError, IndexError) as error:
        raise PeerFailed(f"answered {json.dumps(answer)[:200]}, which holds no probabilities.") from error
    if len(given) != len(expected):
        raise PeerFailed(f"answered {len(given):,} probabilities for {len(expected):,} records.")
    wrong = max(zip(given, expected, strict=True), key=lambda pair: abs(pair[0] - pair[1]))
    if not abs(wrong[0] - wrong[1]) <= TOLERANCE:
        raise PeerFailed(f"answered {wrong[0]:.6f} where {wrong[1]:.6f} is right (to {TOLERANCE:g}).")


def ask(door: Door, port: int, records: Sequence[Record]) -> object:
    """Post records and return the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        body = json.dumps(door.write(records))
        connection.request("POST", door.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode("utf-8", errors="replace")
        if response.status != 200:
            raise PeerFailed(f"answered {response.status}: {text[:200]}")
        answer: object = json.loads(text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PeerFailed(f"gave no answer in JSON within {_PATIENCE_S:.0f} s: {error!r}") from error
    else:
        return answer
    finally:
        connection.close()
