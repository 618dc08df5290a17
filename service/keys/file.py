"""The file of API keys: names, scopes, and of each key itself only its SHA-256.

A key is 32 random bytes. Nobody can go through 2**256 of them, so a quick hash protects them as well as a slow one
would; slow hashes (scrypt, Argon2) are for passwords, which people make up.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from churn.errors import BadInput, shown

PREDICT, EXPLAIN, METRICS, ADMIN = SCOPES = ("predict", "explain", "metrics", "admin")
"""/predict, /decide and /whatif; reasons; /metrics; everything, the lists of the page included."""

PREFIX = "ck_"
"""Stands before every key, so that people, and programs that look for leaked secrets, see what it is."""

MOST_ROWS = 1_000_000_000
_RANDOM_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MEMBERS = {"name", "scopes", "created", "sha256", "rate_rows"}
_FILE_LIMIT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of one key; ``rate_rows`` is how many rows a minute it may ask about, None for the usual."""

    name: str
    scopes: frozenset[str]
    created: str
    digest: bytes
    rate_rows: int | None = None


def digest_of(key: bytes) -> bytes:
    """Return the 32 bytes by which a key is known."""
    return hashlib.sha256(key).digest()


def new_key(name: str, scopes: Sequence[str], rate_rows: int | None = None) -> tuple[str, Key]:
    """Make a key; return it, which nobody can do again, and what is kept of it.

    Raises:
        BadInput: the name or a scope is not one.
    """
    text = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = {"name": name, "scopes": list(scopes), "created": created, "sha256": digest_of(text.encode()).hex()}
    return text, _key(entry | ({} if rate_rows is None else {"rate_rows": rate_rows}), f"The key {shown(name)}")


def read_keys(path: Path) -> tuple[Key, ...]:
    """Read the file.

    Raises:
        BadInput: it cannot be read, or is not a file of keys.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT_BYTES + 1)
    except OSError as error:
        raise BadInput(f"The keys in {path} cannot be read: {error.strerror}. {_REMEDY}") from None
    if len(content) > _FILE_LIMIT_BYTES:
        raise BadInput(f"{path} has more than the {_FILE_LIMIT_BYTES:,} bytes that a file of keys may have. {_REMEDY}")
    return _parse(content, path)


_REMEDY = "churn-serve keys new --name NAME --scope predict --file FILE makes such a file."


def _parse(content: bytes, path: Path) -> tuple[Key, ...]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise BadInput(f"{path} is not JSON, so it is no file of keys. {_REMEDY}") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise BadInput(f'{path} is not an object with an array "keys". {_REMEDY}')
    keys = tuple(_key(entry, f"Key {number} in {path}") for number, entry in enumerate(entries, start=1))
    for what, seen in (("name", [key.name for key in keys]), ("sha256", [key.digest for key in keys])):
        if len(set(seen)) < len(seen):
            raise BadInput(f"Two keys in {path} have the same {what}; each needs one of its own.")
    return keys


def _key(entry: Any, which: str) -> Key:
    """Check one entry; no sentence shows a digest, nor what may be a key that somebody put in its place."""
    if not isinstance(entry, dict) or not _MEMBERS >= entry.keys() >= _MEMBERS - {"rate_rows"}:
        raise BadInput(f"{which} is not an object of name, scopes, created and sha256, and rate_rows if it has one.")
    name, scopes, created, digest, rate = (entry.get(member) for member in _ORDER)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput(f"{which} has no right name: 1 to 64 letters, digits, dots, hyphens and underscores.")
    if not isinstance(scopes, list) or not scopes or not all(scope in SCOPES for scope in scopes):
        raise BadInput(f"{which} has no right scopes: one or more of {', '.join(SCOPES)}.")
    if not isinstance(created, str) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise BadInput(f"{which} has no time of creation, or no SHA-256 of 64 hexadecimal digits in lower case.")
    if rate is not None and (type(rate) is not int or not 1 <= rate <= MOST_ROWS):
        raise BadInput(f"{which} has a rate_rows that is not a whole number from 1 to {MOST_ROWS:,}.")
    return Key(name, frozenset(scopes), created, bytes.fromhex(digest), rate)


_ORDER = ("name", "scopes", "created", "sha256", "rate_rows")


def write_keys(path: Path, keys: Sequence[Key]) -> None:
    """Replace the file whole, so that no reader sees half of it; for the owner alone.

    Raises:
        BadInput: it cannot be written.
    """
    text = json.dumps({"keys": [_entry(key) for key in keys]}, indent=1) + "\n"
    try:
        handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"The keys cannot be written to {path}: {error.strerror}. Name another --file.") from None


def _entry(key: Key) -> dict[str, Any]:
    scopes = [scope for scope in SCOPES if scope in key.scopes]
    entry = {"name": key.name, "scopes": scopes, "created": key.created, "sha256": key.digest.hex()}
    return entry if key.rate_rows is None else {**entry, "rate_rows": key.rate_rows}


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let no other command change a file in the same folder meanwhile, so that none undoes what another did.

    Raises:
        BadInput: there is no such folder.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise BadInput(f"The folder of {path} cannot be opened: {error.strerror}. Name another --file.") from None
    try:
        import fcntl  # not on every system

        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
