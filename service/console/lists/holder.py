"""The process of a list, as the service sees it: started, asked by a Unix socket in the list's folder, and ended."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Thread

from service.console.lists.folders import gone
from service.console.lists.task import Task
from service.problems import Refusal

_SOCKET = "socket"
_BACKLOG = 16
_LOOK_EVERY_S = 0.2


class NobodyWaitsError(Exception):
    """Who asked has left before the answer was there."""


_ENDED = "The process that held this list has ended, perhaps for want of memory; send the file again."


def start(folder: Path, task: Task) -> subprocess.Popen[bytes]:
    """Start the process of a list.

    The socket is made here and given to it as standard input: a question that comes early waits, and when the process
    has ended, for whatever reason, nobody listens any more.

    Raises:
        Refusal: the folder is none that a socket can be made in.
    """
    task.write(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        _bind(listener, folder / _SOCKET)
        listener.listen(_BACKLOG)
        # It finds the modules where this process did, and none in the working folder by the way.
        command = [sys.executable, "-P", "-m", "service.console.lists", str(folder)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(command, stdin=listener.fileno(), env=env, start_new_session=True)  # noqa: S603
    Thread(target=process.wait, daemon=True).start()  # so that nothing is left of it when it ends
    return process


def _bind(listener: socket.socket, path: Path) -> None:
    try:
        listener.bind(str(path))
    except OSError as error:  # some hundred bytes are all that the name of a socket may have
        raise Refusal(
            "no-lists", f"No socket can be made in {path.parent}: {error}. Give the service another TMPDIR, as /tmp."
        ) from None


async def ask(
    folder: Path, question: str, body: bytes = b"", is_wanted: Callable[[], Awaitable[bool]] | None = None
) -> bytes:
    """Return the JSON that answers a question; ``is_wanted`` is asked now and then, and the question dropped when not.

    Raises:
        Refusal: the question cannot be answered, or the list is gone.
        NobodyWaitsError: it was dropped.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(folder / _SOCKET))
    except (FileNotFoundError, ConnectionRefusedError):
        raise ended(folder) from None
    try:
        writer.write(b"%s\n%d\n%s" % (question.encode(), len(body), body))
        answer = await _answer(reader, is_wanted)
    except ConnectionError:
        raise ended(folder) from None
    finally:
        writer.close()
    kind, _, content = answer.partition(b"\n")
    if not kind:
        raise ended(folder)
    if kind != b"ok":
        raise Refusal(kind.decode(), content.decode())
    return content


async def _answer(reader: asyncio.StreamReader, is_wanted: Callable[[], Awaitable[bool]] | None) -> bytes:
    reading = asyncio.ensure_future(reader.read())
    try:
        while is_wanted is not None and not reading.done():
            await asyncio.wait([reading], timeout=_LOOK_EVERY_S)
            if not await is_wanted():
                raise NobodyWaitsError
        return await reading
    finally:
        reading.cancel()


def ended(folder: Path) -> Refusal:
    """Return the refusal of a question that nobody answers any more."""
    return Refusal("not-found", _ENDED) if folder.exists() else gone()
