"""``churn-serve keys``: make API keys, list them, revoke them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from churn.errors import BadInput
from service.keys.file import MOST_ROWS, SCOPES, Key, alone, new_key, read_keys, write_keys

_FILE = "keys.json"


def run(argv: Sequence[str], environ: Mapping[str, str], say: Callable[[str], None]) -> list[str]:
    """Do what the command line says; return the lines for stdout, and ``say`` what is for people alone.

    Raises:
        SystemExit: with code 2 and a sentence on stderr for wrong usage, with 0 after ``--help``.
        BadInput: the file cannot be read or written, or there is no such key, or there is one already.
    """
    given = _parser(environ).parse_args(argv)
    if given.command == "new":
        made = _new(given.file, given.name, given.scope, given.rate_rows)
        say(f"This is the key {given.name}, shown this once: {given.file} holds its SHA-256 alone.")
        return [made]
    if given.command == "revoke":
        _revoke(given.file, given.name)
        say(f"The key {given.name} is revoked; a service that reads {given.file} refuses it within two seconds.")
        return []
    return [_line(key) for key in read_keys(given.file)]


def _new(path: Path, name: str, scopes: Sequence[str], rate_rows: int | None) -> str:
    text, key = new_key(name, scopes, rate_rows)
    with alone(path):
        keys = read_keys(path) if path.exists() else ()
        if name in {known.name for known in keys}:
            raise BadInput(
                f"{path} has a key {name} already. To replace it, make one of another name, such as {name}-2, "
                f"and revoke {name} when its caller uses the new one."
            )
        write_keys(path, [*keys, key])
    return text


def _revoke(path: Path, name: str) -> None:
    with alone(path):
        keys = read_keys(path)
        kept = [key for key in keys if key.name != name]
        if len(kept) == len(keys):
            known = ", ".join(key.name for key in keys) or "none"
            raise BadInput(f"{path} has no key {name}; it has {known}.")
        write_keys(path, kept)


def _line(key: Key) -> str:
    rate = "" if key.rate_rows is None else f"  {key.rate_rows} rows a minute"
    return f"{key.name}  {','.join(scope for scope in SCOPES if scope in key.scopes)}  {key.created}{rate}"


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="churn-serve keys", description="Make, list and revoke API keys.")
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="make a key, and print it: it is shown this once")
    listing = commands.add_parser("list", help="print names, scopes, times of creation and rates")
    revoke = commands.add_parser("revoke", help="take a key back")
    for command in (new, revoke):
        command.add_argument("--name", required=True, help="who uses the key, such as crm")
    new.add_argument("--scope", required=True, action="append", choices=SCOPES, help="what it may; can be repeated")
    new.add_argument("--rate-rows", type=_rows, metavar="N", help="rows a minute, in place of the service's limit")
    for command in (new, listing, revoke):
        command.add_argument(
            "--file",
            type=Path,
            default=environ.get("CHURN_KEYS") or _FILE,
            help=f"the file of keys; default {_FILE} [CHURN_KEYS]",
        )
    return parser


def _rows(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ROWS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MOST_ROWS}")
    return int(text)
