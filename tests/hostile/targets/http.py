"""The head of a request and what follows it, through the protocol. Nothing may be raised, and nothing answered 500."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.hostile.targets.target import Run
from tests.unit.service.conftest import Client, hand_made_bundle, running
from tests.unit.service.wire import connect

_TURNS = 30
"""So often the loop may go round before the caller hangs up: enough for an answer, where one comes at once."""
_PATIENCE_S = 10.0


@contextmanager
def http(folder: Path) -> Iterator[Run]:
    """Send bytes on a new connection, in one piece and in two, and hang up."""
    with running(hand_made_bundle(folder), door="wire") as client:
        client.await_loaded()
        complaints: list[Any] = []
        client.run(_listen(complaints))

        def run(data: bytes) -> None:
            for pieces in ([data], [data[: len(data) // 2], data[len(data) // 2 :]]):
                client.run(_converse(client.app, pieces))
                assert complaints == []
                _judge_log(client)

        yield run


async def _listen(complaints: list[Any]) -> None:
    """Collect what the loop would only print."""
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))


async def _converse(app: Any, pieces: Sequence[bytes]) -> None:
    connection, wire = connect(app)
    for piece in pieces:
        if wire.closed:
            break
        connection.data_received(piece)
        await asyncio.sleep(0)
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    tasks = [task for task in connection.tasks if isinstance(task, asyncio.Task)]
    connection.connection_lost(None)
    if tasks:
        _, unfinished = await asyncio.wait(tasks, timeout=_PATIENCE_S)
        assert unfinished == set(), "a request goes on although its caller hung up"
    if wire.written:
        assert wire.written.startswith(b"HTTP/1.1 "), "what was sent is no answer"


def _judge_log(client: Client) -> None:
    events = client.log()
    client._lines.clear()
    assert [event for event in events if event["event"] == "failure" or event.get("status") == 500] == []
