"""An environment for each peer, .venv-peers/NAME, from its lock; kept while the lock stays the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers.failed import PeerFailed, last_line

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = PROJECT / ".venv-peers"
LOCKS = PROJECT / "requirements" / "peers"


def installed(name: str, patience_s: float) -> Path:
    """Return the folder of programs of the peer's environment, which is made first unless it is there."""
    lock, home = LOCKS / f"{name}.txt", ENVIRONMENTS / name
    stamp, digest = home / "installed-from", hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        if patience_s <= 0:
            raise PeerFailed("not installed: no time was left for installing.")
        print(f"Installing {name} into {home} ...", file=sys.stderr)
        _install(lock, home, patience_s)
        stamp.write_text(digest, encoding="utf-8")
    return home / "bin"


def _install(lock: Path, home: Path, patience_s: float) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)], patience_s)
    python = str(home / "bin" / "python")
    _run([uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(lock)], patience_s)


def _run(command: list[str], patience_s: float) -> None:
    """Run elsewhere than in the project: its own constraints of [tool.uv] have no hashes, and are not of the peer."""
    with tempfile.TemporaryDirectory() as elsewhere:
        try:
            subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=True, timeout=patience_s)
        except subprocess.TimeoutExpired as error:
            raise PeerFailed(f"not installed: that took longer than the {patience_s:.0f} s that were left.") from error
        except subprocess.CalledProcessError as error:
            raise PeerFailed(f"not installed: {last_line(error.stderr)}") from error
