"""The lists of one service process: what they need, where they are, and the end of their processes."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from churn.decide import FIGURES
from service.api.door import not_ready
from service.console.lists.folders import ListFolders, private_root
from service.console.lists.holder import start
from service.console.lists.task import Task
from service.problems import Refusal
from service.served import Serving
from service.settings import Settings

NO_TABLES = "Tables need PyArrow, which is not installed here: pip install 'churn-service[console]'"
_NO_LOCKS = "This system has no locks and sockets as Unix has, which lists need; use churn-score."
_NO_AUDIT = "The audit log of this service holds all that is told of customers, and lists would not be in it"
_NO_FOLDER = "No folder can be written to here; give the service one, as by docker run --tmpfs /tmp."


class Lists:
    """Makes lists and finds them again. The folder for all of them is made when the first comes, unless it is given."""

    def __init__(self, serving: Serving, settings: Settings, root: Path | None = None) -> None:
        """Take what is served; workers that share their lists are given the folder."""
        self.limit_bytes = settings.list_limit_bytes
        self._serving = serving
        self._settings = settings
        self._folders = None if root is None else ListFolders(root)
        self._cleanup = ExitStack()
        self._processes: list[subprocess.Popen[bytes]] = []

    def why_not(self) -> str | None:
        """Say why no list can be scored here; None where it can."""
        if self._settings.audit is not None:
            return _NO_AUDIT
        if find_spec("pyarrow") is None:
            return NO_TABLES
        return _NO_LOCKS if find_spec("fcntl") is None else None

    @property
    def folders(self) -> ListFolders:
        """The folders of the lists.

        Raises:
            Refusal: no list can be scored here, or nothing be written.
        """
        if (why := self.why_not()) is not None:
            raise Refusal("no-lists", why)
        if self._folders is None:
            root = self._cleanup.enter_context(private_root())
            if root is None:
                raise Refusal("no-lists", _NO_FOLDER)
            self._folders = ListFolders(root)
        return self._folders

    def check_ready(self) -> None:
        """Say whether a list can be scored now.

        Raises:
            Refusal: something is missing, or the service is stopping.
        """
        if (why := self.why_not()) is not None:
            raise Refusal("no-lists", why)
        if self._serving.waiting_for is not None:
            raise not_ready(self._serving.waiting_for)

    def start(self, folder: Path, file: str, name: str) -> None:
        """Have the file in a list's folder scored as the service would do it now."""
        bundle, schema = self._serving.served.made_of
        settings = self._settings
        task = Task(
            file=file,
            name=name,
            bundle=str(bundle.path),
            version=bundle.manifest.version,
            verify_key=None if settings.verify_key is None else str(settings.verify_key),
            engine=settings.engine,
            as_of=schema.as_of.isoformat() if schema.as_of else None,
            usual={figure: getattr(settings, figure) for figure in FIGURES},
            log_level=settings.log_level,
        )
        self._processes = [one for one in self._processes if one.poll() is None]
        self._processes.append(start(folder, task))

    def close(self) -> None:
        """End the processes that were started here, and remove the folder that was made here."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()  # as long as it writes, its folder cannot be removed
        self._cleanup.close()
