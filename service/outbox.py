"""Where answers leave: each in one piece, and those of many callers one right after the other.

A head and a body that are written apart are two system calls and two packets. And a caller who has gone to sleep is
woken by what is written to it, which costs more than the writing: answers that follow each other closely find their
readers awake. Where one request is under way alone, its answer is written at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sized

_CONTINUE = b"HTTP/1.1 100"


class Outbox:
    """Answers on their way out of one event loop."""

    def __init__(self) -> None:
        """Begin with nothing, and with nobody known to be under way."""
        self.under_way: Sized = ()
        """The requests that are being answered; the server sets it."""
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    @property
    def is_alone(self) -> bool:
        """Whether there is one request under way and no more, so that waiting for others is in vain."""
        return len(self.under_way) == 1

    def send(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write, at once or when the loop has come round; to a caller who has hung up nothing can be written."""
        if not self._waiting:
            if self.is_alone:
                if not transport.is_closing():
                    transport.write(data)
                return
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append((transport, data))

    def flush(self) -> None:
        """Write all that waits, in order; to a caller who has hung up meanwhile nothing can be written."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)


class OneWrite:
    """Stands before the transport while one answer is written by uvicorn's cycle, which writes the head by itself."""

    def __init__(self, transport: asyncio.Transport, outbox: Outbox) -> None:
        """Take the transport of the connection, and where to."""
        self._transport = transport
        self._outbox = outbox
        self._head = b""
        self._head_is_out = False
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Keep the head until there is more; 100 Continue goes at once, for the caller waits for it."""
        if self._head_is_out:
            self._outbox.send(self._transport, data)
        elif data.startswith(_CONTINUE):
            self._outbox.flush()  # an answer before it on this connection
            self._transport.write(data)
        elif not self._head:
            self._head = data
        else:
            self._head_is_out = True
            self._outbox.send(self._transport, self._head + data)

    def end(self) -> None:
        """Send a head that has no body after it."""
        if self._head and not self._head_is_out:
            self._head_is_out = True
            self._outbox.send(self._transport, self._head)

    def close(self) -> None:
        """Send what was written, and close."""
        self.end()
        self._outbox.flush()
        self._transport.close()
