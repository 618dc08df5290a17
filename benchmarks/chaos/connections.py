"""Whose are the connections, and are they still open? As Linux tells it."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

_ESTABLISHED = 1


def callers_ports(pid: int, port: int) -> set[int]:
    """Return the ports that the callers of a process have, over IPv4, who are connected to its port."""
    return ports_in(Path("/proc/net/tcp").read_text(encoding="ascii"), _sockets(pid), port)


def ports_in(table: str, inodes: set[str], port: int) -> set[int]:
    """Return the remote ports of the sockets with these inodes that stand in /proc/net/tcp with this local port."""
    found = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        local, remote = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
        if local == port and remote and fields[9] in inodes:
            found.add(remote)
    return found


def is_open(wire: socket.socket) -> bool:
    """Say whether neither side has closed a connection, without reading from it."""
    return wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED


def _sockets(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            target = str(link.readlink())
            if target.startswith("socket:["):
                found.add(target[len("socket:[") : -1])
    return found
