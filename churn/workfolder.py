"""Folders that a command fills beside its result: locked while it lives, so that the next run knows which were left.

The lock is one of the system (``flock``) on the folder itself. It ends with the process, however that ends, and is not
copied with the folder. Where there are no such locks, nothing is ever taken for left.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_RANDOM = "[a-z0-9_]{8}"
"""What ``tempfile.mkdtemp`` appends."""


@contextmanager
def locked_folder(out: Path, kind: str = "") -> Iterator[Path]:
    """Make a folder beside ``out``, its name begun by ``kind``, and lock it while the block runs; it is not removed.

    Raises:
        OSError: the folder cannot be made.
    """
    folder, lock = _make(out, kind)
    try:
        yield folder
    finally:
        os.close(lock)


def left_folders(out: Path) -> Iterator[Path]:
    """Give the folders that ``locked_folder`` made beside ``out`` and no living process owns, each locked meanwhile."""
    ours = re.compile(rf"{re.escape(_prefix(out))}([a-z]+-)?{_RANDOM}")
    found: list[Path] = []
    with suppress(OSError):  # no such folder, or one that cannot be listed
        found = sorted(out.parent.iterdir())
    for folder in found:
        if not ours.fullmatch(folder.name) or folder.is_symlink():
            continue
        with suppress(OSError), _lock_of_nobody(folder):
            yield folder


def _prefix(out: Path) -> str:
    return f".{out.name}.writing-"


def _make(out: Path, kind: str) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock.

    Between the making and the locking another run may take the folder for one that was left; then it is made anew.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_prefix(out)}{kind}", dir=out.parent))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            if _locked(lock) is not False and folder.exists():
                return folder, lock
            os.close(lock)


def _locked(descriptor: int) -> bool | None:
    """Lock it: True, or False where another process holds the lock; None where the file system has no locks."""
    import fcntl  # not on every system; who only reads bundles does without

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def _lock_of_nobody(folder: Path) -> Iterator[None]:
    """Hold a folder's lock while the block runs.

    Raises:
        OSError: another process holds it, or there are no locks.
    """
    lock = os.open(folder, os.O_RDONLY)
    try:
        if not _locked(lock):
            raise BlockingIOError
        yield
    finally:
        os.close(lock)
