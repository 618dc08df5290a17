"""A peer's processes: started on one core, ended to the last child.

Some peers put their children into sessions of their own, which outlive their parent. So each child inherits a mark
in its environment by which exactly those are found that this run has started.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.environments import PROJECT
from benchmarks.peers.failed import PeerFailed, last_line
from benchmarks.peers.table import Peer
from benchmarks.servers import free_port

SERVERS = Path(__file__).with_name("servers")
PATIENCE_S = 60.0
_GRACE_S, _KILL_S = 10.0, 30.0
_MARK = "CHURN_PEER_RUN"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class RunningPeer:
    """A peer that answers."""

    port: int
    mark: str

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop all its processes until the block ends."""
        pids = marked(self.mark)
        _signal(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(pids, signal.SIGCONT)


@contextmanager
def started_peer(peer: Peer, programs: Path, bundle: Path, core: int) -> Iterator[RunningPeer]:
    """Run a peer on a core until the block ends, in a copy of servers/ that goes with it."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="peer", ignore_cleanup_errors=True) as home:
        folder = Path(home) / "servers"
        shutil.copytree(SERVERS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        environment = _environment(peer, programs, bundle, Path(home), port)
        _prepare(peer, programs, folder, environment)
        with _process(_filled(peer.command, programs, port), folder, environment, core) as process:
            _await(process, port, peer.ready_path, folder / "output.txt")
            yield RunningPeer(port, environment[_MARK])


def _environment(peer: Peer, programs: Path, bundle: Path, home: Path, port: int) -> dict[str, str]:
    """Return ours, without what leads Python into this project, and with the peer's own."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    own = {name: value.format(port=port) for name, value in peer.environment.items()}
    own |= {name: str(free_port()) for name in peer.ports}
    places = {"HOME": str(home), "TMPDIR": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    named = {"CHURN_BUNDLE": str(bundle.resolve()), "TF_CPP_MIN_LOG_LEVEL": "3", _MARK: uuid.uuid4().hex}
    return inherited | _ONE_THREAD | places | named | own


def _filled(command: Sequence[str], programs: Path, port: int) -> list[str]:
    program, *arguments = command
    return [str(programs / program), *(argument.format(port=port) for argument in arguments)]


def _prepare(peer: Peer, programs: Path, folder: Path, environment: Mapping[str, str]) -> None:
    if not peer.prepare:
        return
    command = _filled(peer.prepare, programs, 0)
    try:
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        raise PeerFailed(f"`{' '.join(peer.prepare)}` took longer than {PATIENCE_S:.0f} s.") from error
    except subprocess.CalledProcessError as error:
        raise PeerFailed(f"`{' '.join(peer.prepare)}` failed: {_reason(error.stderr)}") from error


@contextmanager
def _process(
    command: list[str], folder: Path, environment: Mapping[str, str], core: int
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process, environment[_MARK])


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """Ask the session of ours to end, then end whatever still carries the mark."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    if not _gone(process, mark, _GRACE_S):
        _signal(marked(mark), signal.SIGKILL)
        if not _gone(process, mark, _KILL_S):
            raise RuntimeError(f"processes {marked(mark)} of a peer do not end.")


def _gone(process: subprocess.Popen[bytes], mark: str, patience_s: float) -> bool:
    end = time.perf_counter() + patience_s
    while process.poll() is None or marked(mark):
        if time.perf_counter() > end:
            return False
        time.sleep(0.1)
    return True


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def marked(mark: str) -> list[int]:
    """Return the processes whose environment carries the mark of this run."""
    found, wanted = [], f"{_MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or belongs to someone else
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def _await(process: subprocess.Popen[bytes], port: int, path: str, output: Path) -> None:
    end = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < end:
        if process.poll() is not None:
            said = _reason(output.read_bytes())
            raise PeerFailed(f"did not start, ended with code {process.returncode}: {said}")
        if _answers(port, path):
            return
        time.sleep(0.05)
    raise PeerFailed(f"did not start: `GET {path}` did not answer 200 within {PATIENCE_S:.0f} s.")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _reason(printed: bytes) -> str:
    """Return the reason, without the paths of this machine."""
    return last_line(printed.decode(errors="replace").replace(str(PROJECT), "."))
