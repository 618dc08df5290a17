"""uvicorn, with a stop that loses no request.

On SIGTERM or SIGINT the service is not ready at once, goes on answering for ``drain_s`` (each answer
closes its connection), then takes no more connections and waits up to ``grace_s`` for the requests under
way, those included whose body is still arriving. A second signal ends it where it is.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import suppress
from types import FrameType
from typing import Any

from uvicorn import Config, Server

from churn.errors import BadInput
from service.app import ChurnApi
from service.logs import JsonHandler
from service.settings import Settings

_KEEP_ALIVE_S = 75  # longer than the usual load balancer's, so that it is never we who hang up on its next request
_TICK_S = 0.05
_LAST_REQUESTS_S = 0.2


class GracefulServer(Server):
    """A uvicorn server that drains its app before it stops."""

    def __init__(self, app: ChurnApi, settings: Settings) -> None:
        """Configure uvicorn; it logs into the app's log."""
        super().__init__(
            Config(
                app,
                http="auto",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=settings.grace_s,
            )
        )
        self._app = app
        self._drain_s = settings.drain_s
        self._lifeline: int | None = None

    @property
    def exit_code(self) -> int:
        """0 after a stop that was asked for; 2 or 1 when the model could not be loaded."""
        fault = self._app.serving.fault
        return 0 if fault is None else 2 if isinstance(fault, BadInput) else 1

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn's signature
        """Begin to drain at the first signal, give up waiting at the second. Logs nothing: it may interrupt the log."""
        if sig == signal.SIGINT and self._lifeline is not None:
            return  # from the terminal, to all processes; the parent passes it on
        self.force_exit = self.should_exit
        self.should_exit = True
        self._app.serving.drain()

    def follow(self, lifeline: int) -> None:
        """Be a worker: stop when this end of a pipe closes, which it does when the parent process is gone."""
        self._lifeline = lifeline

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does; a worker takes connections only when it can answer them, as others can until then."""
        if self._lifeline is None:
            await super().startup(sockets)
            return
        loop = asyncio.get_running_loop()
        loop.add_reader(self._lifeline, self._parent_gone, self._lifeline)
        await super().startup([])
        while self._app.serving.loading and not self.should_exit:  # noqa: ASYNC110  a thread can set no Event safely
            await asyncio.sleep(_TICK_S / 10)
        self.servers = [await loop.create_server(self._protocol, sock=listener) for listener in sockets or []]

    def _parent_gone(self, lifeline: int) -> None:
        asyncio.get_running_loop().remove_reader(lifeline)
        self.handle_exit(signal.SIGTERM, None)

    async def on_tick(self, counter: int) -> bool:
        """Stop, too, when the model could not be loaded at all."""
        if self._app.serving.fault is not None:
            self._drain_s = 0
            return True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer on for the time of the drain, then let uvicorn close what is idle and wait for the rest."""
        self._app.log.event("info", "stopping", connections=len(self.server_state.connections))
        listeners = [listener.dup() for listener in sockets or []]
        loop = asyncio.get_running_loop()
        end = loop.time() + self._drain_s
        while loop.time() < end and not self.force_exit:  # noqa: ASYNC110  a signal handler can set no Event safely
            await asyncio.sleep(_TICK_S)
        await self._take_the_last(listeners)
        await super().shutdown(sockets)

    async def _take_the_last(self, listeners: list[socket.socket]) -> None:
        """Stop listening, but first take over who is connected already and waits; closing would reset them."""
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for listener in listeners:
            with listener, suppress(BlockingIOError):
                listener.setblocking(False)
                while True:
                    connection, _ = listener.accept()
                    await loop.connect_accepted_socket(self._protocol, connection)
        if not self.force_exit:
            await asyncio.sleep(_LAST_REQUESTS_S)  # what they have sent is read before idle connections are closed

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def route_library_logs(app: ChurnApi) -> None:
    """Send warnings of uvicorn and asyncio into the app's log, as JSON lines."""
    handler = JsonHandler(app.log)
    for name in ("uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
