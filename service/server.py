"""uvicorn, with a stop that loses no request.

On SIGTERM or SIGINT the service is not ready at once, goes on answering for ``drain_s`` (each answer
closes its connection), then takes no more connections and waits up to ``grace_s`` for the requests under
way, those included whose body is still arriving. A second signal ends it where it is. No caller can make any
of these steps last longer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from importlib.util import find_spec
from types import FrameType
from typing import Any

from uvicorn import Config, Server

from churn.errors import BadInput
from service.app import ChurnApi
from service.listener import BACKLOG, accept_waiting, admit_nobody
from service.logs import JsonHandler
from service.settings import Settings

_KEEP_ALIVE_S = 75  # longer than the usual load balancer's, so that it is never we who hang up on its next request
_TICK_S = 0.05
_LAST_LOOKS = 4  # a tick each, for connections whose handshake was under way when the door was closed
_FIRST_REQUEST_S = 1.0  # how long a connection taken over at the end may take to send its request


class GracefulServer(Server):
    """A uvicorn server that drains its app before it stops."""

    def __init__(self, app: ChurnApi, settings: Settings) -> None:
        """Configure uvicorn; it logs into the app's log."""
        super().__init__(
            Config(
                app,
                http=_http_protocol(),
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=settings.grace_s,
                ssl_certfile=settings.tls_cert,
                ssl_keyfile=settings.tls_key,
            )
        )
        app.outbox.under_way = self.server_state.tasks
        self._app = app
        self._drain_s = settings.drain_s
        self._lifeline: int | None = None
        self._handshakes: set[asyncio.Task[None]] = set()

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
        self.servers = [
            await loop.create_server(self._protocol, sock=listener, backlog=BACKLOG, ssl=self.config.ssl)
            for listener in sockets or []
        ]

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
        forced = asyncio.create_task(self._end_when_forced())
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self._drain_s
        while loop.time() < end_s and not self.force_exit:  # noqa: ASYNC110  a signal handler can set no Event safely
            await asyncio.sleep(_TICK_S)
        await self._take_the_last(sockets or [])
        await super().shutdown(sockets)
        await self._hang_up()
        if self.force_exit:
            await forced
        forced.cancel()

    async def _end_when_forced(self) -> None:
        """End the process soon after a second signal, whatever the other steps, or threads at work, still wait for."""
        while not self.force_exit:  # noqa: ASYNC110  as above
            await asyncio.sleep(_TICK_S)
        for task in self.server_state.tasks:
            task.cancel()
        await asyncio.sleep(_TICK_S)  # for the edge to tell the callers
        self._app.log.close()
        os._exit(self.exit_code)

    async def _take_the_last(self, sockets: list[socket.socket]) -> None:
        """Stop listening, but first take over who is connected already and waits; closing would reset them."""
        listeners = [listener.dup() for listener in sockets]
        for listener in listeners:
            admit_nobody(listener)
        for server in self.servers:
            server.close()
        for opened in sockets:
            opened.close()
        for _ in range(_LAST_LOOKS):
            await self._take_waiting(listeners)
            await asyncio.sleep(_TICK_S)
        waiting = [connection for listener in listeners for connection in accept_waiting(listener)]
        for listener in listeners:  # in the same breath as the last look, so that nobody comes between
            listener.close()
        await self._take_over(waiting)
        await self._await_first_requests()

    async def _take_waiting(self, listeners: list[socket.socket]) -> None:
        for listener in listeners:
            await self._take_over(accept_waiting(listener))

    async def _take_over(self, accepted: list[socket.socket]) -> None:
        for connection in accepted:
            if self.config.ssl is None:
                await self._take(connection)
            else:  # a handshake takes as long as its caller likes
                self._handshakes.add(asyncio.create_task(self._take(connection)))

    async def _take(self, connection: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection, ssl=self.config.ssl)
        except OSError:  # it hung up meanwhile, which must not keep the others from their answers
            connection.close()

    async def _await_first_requests(self) -> None:
        """Read what new connections have sent, for uvicorn closes those that it knows no request of."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + _FIRST_REQUEST_S
        while loop.time() < end_s and not self.force_exit:
            if all(connection.cycle for connection in self._connections()) and all(
                handshake.done() for handshake in self._handshakes
            ):
                return
            await asyncio.sleep(_TICK_S)

    async def _hang_up(self) -> None:
        """Let go of callers that do not take their answer: the grace time is over."""
        if self.server_state.connections:
            await asyncio.sleep(_TICK_S)  # what uvicorn has just cancelled tells its caller
        for connection in self._connections():
            connection.transport.abort()

    def _connections(self) -> list[Any]:
        return list(self.server_state.connections)

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def route_library_logs(app: ChurnApi) -> None:
    """Send warnings of uvicorn, asyncio and OpenTelemetry into the app's log, as JSON lines."""
    handler = JsonHandler(app.log)
    for name in ("uvicorn.error", "asyncio", "opentelemetry"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)


def _http_protocol() -> Any:
    """Return our protocol, or the name of uvicorn's own where there is no httptools for it to build on."""
    if find_spec("httptools") is None:
        return "h11"
    from service.protocol import HttpProtocol

    return HttpProtocol
