"""The service behind its own HTTP protocol, but without a socket."""

import asyncio

import h11
import httpx
from uvicorn import Config
from uvicorn.server import ServerState

from service.protocol import HttpProtocol


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.written, self.closed, self.half_closed, self.reading = b"", False, False, True
        self.unread_bytes = 0

    def get_extra_info(self, name, default=None):
        return default

    def write(self, data):
        assert not self.closed
        self.written += data

    def write_eof(self):
        self.half_closed = True

    def close(self):
        self.closed = True

    def abort(self):
        self.closed = True

    def get_write_buffer_size(self):
        return self.unread_bytes

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True


def connect(app):
    """Return a new connection to an app, and its wire; to be called while a loop runs."""
    config = Config(app, ws="none", lifespan="off", log_config=None)
    config.load()
    connection = HttpProtocol(config=config, server_state=ServerState(), app_state={})
    app.outbox.under_way = connection.tasks
    wire = Wire()
    connection.connection_made(wire)
    return connection, wire


class WireTransport(httpx.AsyncBaseTransport):
    """Sends each request over a connection of its own; reads the answer with another library than ours."""

    def __init__(self, app):
        self._app = app

    async def handle_async_request(self, request):
        connection, wire = connect(self._app)
        client = h11.Connection(h11.CLIENT)
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        sent = client.send(head) + (client.send(h11.Data(data=await request.aread())) or b"")
        connection.data_received(sent + (client.send(h11.EndOfMessage()) or b""))
        answer, body, read = None, b"", 0
        while True:
            while len(wire.written) == read:  # noqa: ASYNC110  a transport has nobody to tell
                await asyncio.sleep(0)
            client.receive_data(wire.written[read:])
            read = len(wire.written)
            while (event := client.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.Response):
                    answer = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    connection.connection_lost(None)
                    return httpx.Response(answer.status_code, headers=list(answer.headers), content=body)
