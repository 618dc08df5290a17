"""Callers who hang up in the middle."""

from __future__ import annotations

import socket
import struct

_PATIENCE_S = 10.0
_LITTLE_BYTES = 1_000
_NO_LINGER = struct.pack("ii", 1, 0)


def leave_within_body(port: int, request: bytes) -> None:
    """Send half of a request, and hang up."""
    with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as wire:
        wire.sendall(request[: len(request) // 2])


def leave_within_answer(port: int, request: bytes) -> None:
    """Send a request, read the beginning of its answer, and hang up with a reset."""
    with socket.socket() as wire:
        wire.settimeout(_PATIENCE_S)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * _LITTLE_BYTES)  # so that not all of it can come
        wire.connect(("127.0.0.1", port))
        wire.sendall(request)
        wire.recv(_LITTLE_BYTES)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
