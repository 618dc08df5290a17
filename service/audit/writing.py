"""Appending to the audit log, by all workers to one file, each line before its answer is sent.

A line is written in one call, under a lock that ends with its process. What cannot be written whole is taken back, and
the answer is not given: an audit with holes would be none. Lines reach the disk once a second.

The file may be moved away while the service runs, as log rotation does: the next line begins a new one, which goes on
from the digest of the last line of the old.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from churn.errors import BadInput
from service.audit.line import Place, digest_of, made, read
from service.reply import Seen

SYNC_EVERY_S = 1.0
_BLOCK_BYTES = 64 * 1024
_CUT_LINES = 10
"""So many lines at the end may have been cut by as many falls of the machine; what has more is no audit log."""


class AuditLog:
    """The file, opened by one process. ``place`` is where the log ended when that was looked at last."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, for the owner alone.

        Raises:
            BadInput: it cannot be written, or is something else than an audit log.
        """
        self.path = path
        self.place = Place()
        self._size_bytes = 0
        self._is_dirty = False
        self._fault: OSError | None = None
        try:
            self._file = self._opened()
            with self._locked():
                found = self._end_whole()
        except OSError as error:
            raise BadInput(f"The audit log {path} cannot be written: {error.strerror}.") from None
        if not found:
            raise BadInput(f"{path} is no audit log: its last lines are none of one. Name another file.")

    def write(self, facts: Mapping[str, Any], seen: Seen) -> None:
        """Write the line of one request.

        Raises:
            OSError: it cannot be written; nothing of it was. Or an earlier one did not reach the disk.
        """
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        with self._locked():
            self._end_whole()
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            line, place = made(self.place, {"time": now, **facts}, seen)
            self._append(line + b"\n")
            self.place = place
        self._is_dirty = True

    async def syncing(self) -> None:
        """Have the disk take what was written, once a second; in a thread, for a disk may be slow."""
        while True:
            await asyncio.sleep(SYNC_EVERY_S)
            if self._is_dirty:
                self._is_dirty = False
                try:
                    await asyncio.to_thread(_sync, os.dup(self._file))
                except OSError as error:
                    self._fault = error

    def close(self) -> None:
        """Have the disk take the last lines, and close."""
        with suppress(OSError):  # nobody is answered any more
            _sync(self._file)

    def _opened(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the file that has the name now."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            while not self._has_the_name():
                self._follow()
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _follow(self) -> None:
        """Go over to the file that has the name now; where there can be none, the old one stays open.

        Raises:
            OSError: the new one cannot be opened, or the last lines of the old one did not reach the disk.
        """
        self._end_whole()  # the new file goes on from here; nobody writes to the old one any more
        old, self._file, self._size_bytes = self._file, self._opened(), 0
        _sync(old)  # and closes it, and with it ends the lock
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def _has_the_name(self) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def _end_whole(self) -> bool:
        """See where the log ends, if others have written; end a line that was cut. False if it is no audit log.

        What has become shorter goes on where it was, so that what is missing shows.
        """
        size_bytes = os.fstat(self._file).st_size
        before_bytes, self._size_bytes = self._size_bytes, size_bytes
        if size_bytes <= before_bytes:
            return True
        if os.pread(self._file, 1, size_bytes - 1) != b"\n":
            self._append(b"\n")
        for line in islice(self._backwards(), _CUT_LINES):
            found = read(line)
            if found is not None:
                self.place = Place(found["line"], digest_of(line))
                return True
        return False

    def _backwards(self) -> Iterator[bytes]:
        """Give the lines from the last to the first, without their line feeds."""
        at, rest = self._size_bytes - 1, b""
        while at > 0:
            start = max(0, at - _BLOCK_BYTES)
            *lines, last = (os.pread(self._file, at - start, start) + rest).split(b"\n")
            if lines:
                yield last
                yield from reversed(lines[1:])
            rest, at = lines[0] if lines else last, start
        yield rest

    def _append(self, data: bytes) -> None:
        """Write all of it, or nothing.

        Raises:
            OSError: it cannot be written.
        """
        written = 0
        try:
            written = os.write(self._file, data)
        finally:
            if written < len(data):
                with suppress(OSError):  # what stays of it is ended as a line that was cut, before the next one
                    os.ftruncate(self._file, self._size_bytes)
        if written < len(data):  # what a disk does that has room for a part only
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size_bytes += len(data)


def _sync(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)
