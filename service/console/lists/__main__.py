"""The process of one list: it scores the file in its folder, and then answers questions until the folder is gone.

It is started with the folder as its argument and a listening Unix socket as standard input. A question is one line, the
name of it, and then a body; an answer is one line, ``ok`` or the kind of the problem, and then JSON or a sentence.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from churn.errors import BadInput, ChurnError
from service.console.lists.folders import is_forgotten
from service.console.lists.task import TURN, Task
from service.logs import Log, stack
from service.problems import Refusal, dump

if TYPE_CHECKING:
    from service.console.lists.answering import Answering
    from service.console.lists.scored import Collector

_NICE = 10
_LOOK_EVERY_S = 0.2


class _NobodyWaitsError(Exception):
    """Who asked has left."""


class Holder:
    """Scores a list in a thread of its own, and answers questions meanwhile and afterwards."""

    def __init__(self, folder: Path) -> None:
        """Take the list's folder."""
        self.folder = folder
        self.task = Task.read(folder)
        self.log = Log(self.task.log_level)
        self._state = "waiting"
        self._error: str | None = None
        self._notes: list[str] = []
        self._counts: Collector | None = None
        self._answering: Answering | None = None

    def score(self) -> None:
        """Score the list when it is its turn, and remember what came of it."""
        try:
            with (self.folder.parent / TURN).open("a") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                self._state = "scoring"
                self._answering = self._scored()
                self._state = "done"  # before the next one has its turn
        except ChurnError as error:
            self._fail(str(error).replace(f"{self.folder}{os.sep}{self.task.file}", self.task.name))
        except Exception as error:  # noqa: BLE001  the outermost edge of this thread
            self._report(error)
            self._fail("The service failed on this list; its log says where.")

    def _scored(self) -> Answering:
        """Score the file; what is imported here takes longer than to say that it is being scored."""
        from churn.bundle import open_bundle
        from churn.reasons import Reasoner
        from churn.scoring import Scorer
        from churn.tables import read_batches
        from service.console.lists.answering import Answering
        from service.console.lists.scored import Collector

        task = self.task
        if task.verify_key is not None:
            from churn.signature import verify_bundle

            verify_bundle(Path(task.bundle), Path(task.verify_key))
        bundle = open_bundle(task.bundle)
        if bundle.manifest.version != task.version:
            raise BadInput(f"The bundle has become version {bundle.manifest.version} meanwhile; send the file again.")
        scorer = Scorer.open(bundle, task.engine, task.day)
        scorer.check_golden(bundle)
        file = self.folder / task.file
        reader = read_batches(file, scorer.schema)
        self._notes = reader.notes
        self._counts = Collector(scorer)
        customers = self._counts.collect(reader)
        return Answering(file, bundle, scorer, Reasoner.open(bundle, scorer), task.usual, customers)

    def _fail(self, sentence: str) -> None:
        self._state, self._error = "failed", sentence

    def _report(self, error: Exception) -> None:
        if self.folder.exists():  # what fails for want of it is no fault
            self.log.event("error", "failure", exception=type(error).__name__, stack=stack(error))

    def _status(self) -> dict[str, Any]:
        counts, answering = self._counts, self._answering
        return {
            "state": self._state,
            "name": self.task.name,
            "share": counts.share if counts else 0.0,
            "rows": counts.read if counts else 0,
            "scored": counts.scored if counts else 0,
            "refused": counts.refused if counts else 0,
            "error": self._error,
            "notes": self._notes,
            **(answering.facts() if answering else {}),
        }

    def reply(self, question: str, body: bytes, between: Callable[[], None]) -> bytes:
        """Answer a question."""
        try:
            return b"ok\n" + dump(self._answer(question, body, between)).encode()
        except Refusal as refusal:
            return f"{refusal.kind}\n{refusal.detail}".encode()
        except BadInput as error:
            return f"invalid-question\n{error}".encode()
        except _NobodyWaitsError:
            return b""
        except Exception as error:  # noqa: BLE001  the outermost edge
            self._report(error)
            return b"internal-error\nThe service failed on this question; its log says where."

    def _answer(self, question: str, body: bytes, between: Callable[[], None]) -> dict[str, Any]:
        if question == "status":
            return self._status()
        from service.console.lists.questions import EXAMPLES, adapter
        from service.formats.json_body.questions import read_question

        if self._answering is None:
            raise Refusal("invalid-question", f"The list is not scored: its state is {self._state}.")
        asked = read_question(body, adapter(question), EXAMPLES[question])
        if question == "download":
            return self._answering.download(asked, between)
        answers = {"decide": self._answering.decide, "rows": self._answering.rows, "refused": self._answering.refused}
        return answers[question](asked)


async def _converse(holder: Holder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one question; who closes the connection before the answer does not want it any more."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        question = (await reader.readline()).decode().strip()
        body = await reader.readexactly(int(await reader.readline()))
        gone = asyncio.ensure_future(_hang_up(reader))

        def between() -> None:
            if gone.done():
                raise _NobodyWaitsError

        writer.write(await asyncio.to_thread(holder.reply, question, body, between))
        await writer.drain()
        gone.cancel()
    with suppress(ConnectionError):
        writer.close()
        await writer.wait_closed()


async def _hang_up(reader: asyncio.StreamReader) -> None:
    """Wait until who asked closes the connection."""
    with suppress(ConnectionError):
        await reader.read(1)


async def _run(folder: Path, listener: socket.socket) -> None:
    parent = os.getppid()
    holder = Holder(folder)
    Thread(target=holder.score, daemon=True).start()
    async with await asyncio.start_unix_server(lambda *ends: _converse(holder, *ends), sock=listener):
        while not is_forgotten(folder) and os.getppid() == parent:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(_LOOK_EVERY_S)
    shutil.rmtree(folder, ignore_errors=True)
    holder.log.flush()
    os._exit(0)  # a thread may be in the middle of long work that nobody wants any more


if __name__ == "__main__":
    os.nice(_NICE)
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as given:
        asyncio.run(_run(Path(sys.argv[1]), given))
