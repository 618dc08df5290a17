"""A private folder for the lists of one service, and in it one for each list: with the folder, the list ends.

Several workers share it, so all that is known of a list is in its folder; when it was last asked for is the time of its
change.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.problems import Refusal

MOST_LISTS = 4
FORGOTTEN_AFTER_S = 3_600.0
"""A list that nobody has asked for this long is removed."""

IDLE_AFTER_S = 60.0
"""A list that nobody has asked for this long makes room for another; an open page asks more often."""

_PREFIX = "churn-lists-"
_LOCK = "lock"


@contextmanager
def private_root() -> Iterator[Path | None]:
    """Give a new folder for the owner alone, removed at the end; None where nothing can be written.

    It is made in the folder that TMPDIR names and nowhere else, for who names one means to keep the lists there.

    What services that were killed have left is removed first: the lock in their folder is held by nobody.
    """
    import fcntl  # not on every system

    try:
        place = os.environ.get("TMPDIR") or tempfile.gettempdir()
        with suppress(OSError):
            _sweep(Path(place))
        root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    except OSError:
        yield None
        return
    with (root / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)


def _sweep(folder: Path) -> None:
    import fcntl

    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError), (left / _LOCK).open("r+") as lock:  # another user's cannot be opened
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)


def is_forgotten(folder: Path) -> bool:
    """Return whether nobody has asked for a list for so long that it is removed, or it is removed already."""
    try:
        return time.time() - folder.stat().st_mtime > FORGOTTEN_AFTER_S
    except FileNotFoundError:
        return True


class ListFolders:
    """The folders of the lists, by an identifier that nobody can guess."""

    def __init__(self, root: Path) -> None:
        """Take the folder that holds them."""
        self.root = root

    def make(self) -> Path:
        """Make the folder of a new list.

        Raises:
            Refusal: there are as many as there may be, and all are in use.
        """
        lists = sorted(self._idle_s().items(), key=lambda one: -one[1])
        for folder, idle_s in lists:
            if idle_s > FORGOTTEN_AFTER_S or (len(lists) >= MOST_LISTS and idle_s > IDLE_AFTER_S):
                self.remove(folder)
                lists = lists[1:]
        if len(lists) >= MOST_LISTS:
            raise Refusal(
                "too-busy",
                f"{len(lists)} lists are open; there may be no more at once. Close one, or try again in some minutes.",
                headers={"Retry-After": str(int(IDLE_AFTER_S))},
            )
        folder = self.root / secrets.token_urlsafe(16)
        folder.mkdir(mode=0o700)
        return folder

    def find(self, identity: str) -> Path:
        """Return the folder of a list, which is now in use.

        Raises:
            Refusal: there is no such list, or no more.
        """
        folder = self.root / identity
        if identity not in {one.name for one in self._idle_s()}:
            raise gone()
        with suppress(FileNotFoundError):
            os.utime(folder)
        return folder

    def remove(self, folder: Path) -> None:
        """Remove a list, whatever it is doing; its process notices."""
        removed = folder.with_name(f"removed-{folder.name}")
        with suppress(OSError):
            folder.rename(removed)  # so that the process makes no new file in it meanwhile
        shutil.rmtree(removed, ignore_errors=True)

    def _idle_s(self) -> dict[Path, float]:
        now_s = time.time()
        found = {}
        for entry in os.scandir(self.root):
            if entry.is_dir():
                with suppress(FileNotFoundError):
                    found[Path(entry.path)] = now_s - entry.stat().st_mtime
        return found


def gone() -> Refusal:
    """Return the refusal of a question about a list that is not there."""
    return Refusal("not-found", "There is no such list, or no more: it is kept for an hour after it was used last.")
