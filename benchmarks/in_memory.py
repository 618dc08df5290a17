"""The whole service without a socket: connections whose bytes come from memory and whose answers go nowhere."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import uvloop
from uvicorn import Config
from uvicorn.server import ServerState

from churn.bundle import open_bundle
from service.app import ChurnApi, create_app
from service.logs import Log
from service.protocol import HttpProtocol
from service.settings import Settings


class Nowhere(asyncio.Transport):
    """A transport that forgets what is written, but for the last."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.last: Any = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Forget what was written before."""
        self.last = data

    def is_closing(self) -> bool:
        """Return that it never closes."""
        return False


def whole_us(bundle: Path, body: bytes, together: int, *, rounds: int, repeats: int) -> float:
    """Return the microseconds of processor time for one of so many requests that come at once, the least of rounds."""
    return uvloop.run(_measure(bundle, body, together, rounds, repeats))


async def _measure(bundle: Path, body: bytes, together: int, rounds: int, repeats: int) -> float:
    app = create_app(open_bundle(bundle), Settings(bundle), log=Log(write=lambda _: None))
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    request = head % len(body) + body
    async with app.router.lifespan_context(app):
        while app.serving.loading:  # noqa: ASYNC110  a thread sets it
            await asyncio.sleep(0.01)
        wires = [Nowhere() for _ in range(together)]
        connections = [_connect(app, wire) for wire in wires]
        times_us = []
        for _ in range(rounds):
            start_s = time.process_time()
            for _ in range(repeats):
                for connection in connections:
                    connection.data_received(request)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            times_us.append((time.process_time() - start_s) / repeats / together * 1e6)
        assert all(bytes(wire.last).startswith(b"HTTP/1.1 200 ") for wire in wires)
    return min(times_us)


def _connect(app: ChurnApi, wire: Nowhere) -> HttpProtocol:
    config = Config(app, ws="none", lifespan="off", log_config=None)
    config.load()
    connection = HttpProtocol(config=config, server_state=ServerState(), app_state={})
    connection.connection_made(wire)
    return connection
