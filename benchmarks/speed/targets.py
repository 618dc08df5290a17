"""The servers that are compared, each with one process, and the commands that start them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Running, free_port, started

OURS, UVICORN, FASTAPI = "service", "bare uvicorn", "bare FastAPI"


@dataclass(frozen=True, slots=True)
class Command:
    """What stands behind ``python -m``, with PORT for the port, and the path that answers when the server is ready."""

    arguments: tuple[str, ...]
    ready_path: str

    def with_port(self, port: int) -> list[str]:
        """Return the arguments for a port."""
        return [str(port) if argument == "PORT" else argument for argument in self.arguments]


def service(bundle: Path, workers: int = 1, *options: str) -> Command:
    """Return the command of our service, which stops at once when told, with further options."""
    workers_too = () if workers == 1 else ("--workers", str(workers))
    return Command(
        ("service", str(bundle), "--port", "PORT", "--drain-s", "0", *workers_too, *options), "/health/ready"
    )


def commands(bundle: Path) -> dict[str, Command]:
    """Return the servers that are compared."""
    return {
        OURS: service(bundle),
        UVICORN: Command(("benchmarks.socket_alone", "PORT"), "/"),
        FASTAPI: Command(("benchmarks.bare", str(bundle), "PORT"), "/openapi.json"),
    }


@contextmanager
def running(command: Command, cores: Iterable[int]) -> Iterator[Running]:
    """Run one server on cores until the block ends."""
    port = free_port()
    with started(command.with_port(port), port, command.ready_path, *cores) as server:
        yield server


@contextmanager
def all_running(these: dict[str, Command], cores: Iterable[int]) -> Iterator[dict[str, Running]]:
    """Run servers at once until the block ends; who is not asked anything does nothing."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(command, cores)) for name, command in these.items()}
