"""Sockets: taking the port, letting go of it without turning away who is connected already, and what was not read."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from churn.errors import BadInput

BACKLOG = 2048
"""Most connections that wait to be accepted; also the most that are taken over in one go at the end."""

_SO_ATTACH_FILTER = 26  # Linux; the socket module has no name for it
_PASS_ALL_BUT_NEW_CONNECTIONS = (  # classic BPF over the TCP header: operation, jump if true, if false, operand
    (0x30, 0, 0, 13),  # load the byte with the flags
    (0x54, 0, 0, 0x12),  # keep SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone begins a connection
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # let everything else pass
)


def listen(host: str, port: int) -> socket.socket:
    """Take the port.

    Raises:
        BadInput: it is taken, not allowed, or the address is none of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"{host} port {port} cannot be listened on ({reason}). Choose another --port or --host."
        ) from None


def is_public(listener: socket.socket) -> bool:
    """Say whether other machines can reach a listener: it is bound to more than this machine's loopback."""
    address = str(listener.getsockname()[0])
    return not ipaddress.ip_address(address.partition("%")[0]).is_loopback


def check_certificate(cert: Path, key: Path | None) -> None:
    """Judge a certificate and its private key before anything listens.

    Raises:
        BadInput: one cannot be read, or they do not belong together.
    """
    import ssl  # only HTTPS needs it

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")  # or OpenSSL asks the terminal
    except OSError as error:  # an SSLError is one, too
        reason = error.strerror or str(error)
        raise BadInput(
            f"{cert} and {key} cannot be used for HTTPS ({reason}). Give a certificate and its key, which has no "
            "password, as PEM files."
        ) from None


def admit_nobody(listener: socket.socket) -> None:
    """Let no further connection queue up; who is connected already can still be accepted.

    A queue that is closed while connections wait in it resets them, and without this, callers that reconnect
    at once keep it from ever being empty. Whoever is not admitted knocks again a second later, when the socket
    is closed, and is refused.
    """
    if not (sys.platform == "linux" and _drop_new_connections(listener)):
        with suppress(OSError):  # a system that takes no second listen() is no worse off
            listener.listen(0)  # no more than one at a time


def _drop_new_connections(listener: socket.socket) -> bool:
    import ctypes  # only a stop needs it

    code = b"".join(struct.pack("=HBBI", *step) for step in _PASS_ALL_BUT_NEW_CONNECTIONS)
    held = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(_PASS_ALL_BUT_NEW_CONNECTIONS), ctypes.addressof(held))
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    except OSError:  # a sandbox that knows no filters
        return False
    return True


def accept_waiting(listener: socket.socket) -> list[socket.socket]:
    """Accept who waits, without waiting for anybody and never more than the queue can hold.

    It ends early, too, at a caller who hung up meanwhile or when no more files can be open: a stop looks again.
    """
    listener.setblocking(False)
    accepted: list[socket.socket] = []
    with suppress(OSError):
        while len(accepted) < BACKLOG:
            connection, _ = listener.accept()
            accepted.append(connection)
    return accepted


def sent_unread_bytes(connection: socket.socket) -> int:
    """Return how much of what was sent the other side has not acknowledged; 0 where the system does not tell.

    A large buffer of the system takes what is written long before it is read: looked at from here alone, somebody who
    reads slowly reads nothing.
    """
    if sys.platform != "linux":
        return 0
    from fcntl import ioctl
    from termios import TIOCOUTQ

    try:
        return int.from_bytes(ioctl(connection.fileno(), TIOCOUTQ, bytes(4)), sys.byteorder)
    except (OSError, ValueError):  # closed meanwhile
        return 0
